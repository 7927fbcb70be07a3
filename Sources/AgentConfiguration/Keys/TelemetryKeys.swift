/// `telemetry`, of all PDUs and of one.
enum TelemetryKeys {
    static let minimumChange = Key(
        "min_change",
        Form<Double>.percentage,
        .value(TelemetrySettings.standard.minimumChange),
        example: "5%",
        "By how much of itself a value has to move to be published before its time."
    )
    static let interval = Key(
        "interval",
        Form<Duration>.duration(.seconds(1)...(.seconds(3600))),
        .value(TelemetrySettings.standard.interval),
        example: "5m",
        "How often measurements are published that have not changed."
    )

    static let per = Key(
        "per",
        Form<TelemetrySettings.Subject>.choice(),
        .value(.outlet),
        example: "pdu",
        "Whether each outlet's measurements are a message of its own (`outlet`), or one message has those of the PDU and of "
            + "all its outlets (`pdu`), for large fleets."
    )

    static let table = KeyTable("telemetry", [minimumChange.entry, interval.entry, per.entry])

    /// What a section gives; the rest is what it inherits.
    static func read(_ section: Section, inheriting outer: TelemetrySettings) -> TelemetrySettings {
        TelemetrySettings(
            minimumChange: section.given(minimumChange) ?? outer.minimumChange,
            interval: section.given(interval) ?? outer.interval,
            isPerPDU: section.given(per).map { $0 == .pdu } ?? outer.isPerPDU
        )
    }
}

extension Form<Double> {
    /// A share as `1%`, from 0 % to 100 %.
    fileprivate static var percentage: Self {
        text(
            "percentage, 0% to 100%",
            expecting: "a percentage such as 1%, from 0% to 100%",
            show: { share in
                let percent = share * 100
                return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
            },
            parse: { text in
                guard let (number, unit) = DecimalText.split(text), unit == "%" else { return nil }
                let share = (Double(number.whole) + Double(number.billionths) / 1e9) / 100
                return share <= 1 ? share : nil
            }
        )
    }
}
