import Power

/// Decides which measurements of a PDU are worth telling.
struct TelemetryDesk {
    private var sent: [OutletNumber?: (telemetry: Telemetry, at: Moment)] = [:]

    /// Has everything told again: to a broker that may have lost its store.
    mutating func forget() {
        sent = [:]
    }

    /// Has nothing more told of an outlet that is no more.
    mutating func forget(_ outlet: OutletNumber) {
        sent[outlet] = nil
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
        var due: [(outlet: OutletNumber?, telemetry: Telemetry)] = []
        /// How many of those that were told before are measured still.
        var known = 0
        func look(at key: OutletNumber?, _ telemetry: Telemetry) {
            if let last = sent[key] {
                known += 1
                let isOld = last.at + rules.interval <= now && !telemetry.isEmpty
                guard isOld || telemetry.differs(from: last.telemetry, by: rules.minimumChange) else { return }
            } else if telemetry.isEmpty {
                return
            }
            due.append((key, telemetry))
        }
        look(at: nil, Telemetry(reading.measurements))
        for (number, values) in reading.outletMeasurements { look(at: number, Telemetry(values)) }
        if known < sent.count {
            for case let number? in sent.keys where reading.outletMeasurements[number] == nil {
                look(at: number, Telemetry([:]))
            }
        }
        for (key, telemetry) in due { sent[key] = (telemetry, now) }
        return due.sorted { ($0.outlet?.rawValue ?? 0) < ($1.outlet?.rawValue ?? 0) }
    }
}
