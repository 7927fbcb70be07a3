import Power

/// Decides which measurements of a PDU are worth telling.
struct TelemetryDesk {
    private var sent: [OutletNumber?: (telemetry: Telemetry, at: Moment)] = [:]

    /// Has everything told again: to a broker that may have lost its store.
    mutating func forget() {
        sent = [:]
    }

    /// What has to be published after the device was read: what has changed, and what was published too long ago.
    ///
    /// What the device does not measure any more is told once, without its quantities.
    ///
    /// - Returns: measurements by outlet; without an outlet those of the device as a whole.
    mutating func due(
        _ reading: DeviceReading,
        _ rules: TelemetryRules,
        at now: Moment
    ) -> [(outlet: OutletNumber?, telemetry: Telemetry)] {
        var newest: [OutletNumber?: Telemetry] = [nil: Telemetry(reading.measurements)]
        for (number, values) in reading.outletMeasurements { newest[number] = Telemetry(values) }
        for key in sent.keys where newest[key] == nil { newest[key] = Telemetry([:]) }
        var due: [(outlet: OutletNumber?, telemetry: Telemetry)] = []
        for (key, telemetry) in newest {
            if let last = sent[key] {
                let isOld = last.at + rules.interval <= now && !telemetry.isEmpty
                guard isOld || telemetry.differs(from: last.telemetry, by: rules.minimumChange) else { continue }
            } else if telemetry.isEmpty {
                continue
            }
            sent[key] = (telemetry, now)
            due.append((key, telemetry))
        }
        return due.sorted { ($0.outlet?.rawValue ?? 0) < ($1.outlet?.rawValue ?? 0) }
    }
}
