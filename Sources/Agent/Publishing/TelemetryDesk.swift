import Power

/// Decides which measurements of a PDU are worth telling.
struct TelemetryDesk {
    private var sent: [OutletNumber?: (telemetry: Telemetry, at: Moment)] = [:]
    private var wasPerPDU = false

    /// Has everything told again: to a broker that may have lost its store.
    mutating func forget() {
        sent = [:]
    }

    /// Has nothing more told of an outlet that is no more.
    mutating func forget(_ outlet: OutletNumber) {
        sent[outlet] = nil
    }

    /// Whether the outlets' topics have to be cleared, because from now on one message has the whole PDU. What an earlier
    /// run published on them may be there still.
    mutating func clearsOutlets(_ rules: TelemetryRules) -> Bool {
        defer { wasPerPDU = rules.isPerPDU }
        guard wasPerPDU != rules.isPerPDU else { return false }
        // The message of the PDU stays, for what has gone from it to be told.
        sent = sent.filter { $0.key == nil }
        return rules.isPerPDU
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
        guard !rules.isPerPDU else {
            look(at: nil, Telemetry(reading))
            for (key, telemetry) in due { sent[key] = (telemetry, now) }
            return due
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

/// When measurements are published.
public struct TelemetryRules: Sendable, Hashable {
    /// A value has changed when it moved by more than this share of itself, 0 to 1.
    public var minimumChange: Double
    /// The longest time between two publications of measurements that have not changed.
    public var interval: Duration
    /// Whether the message of a PDU has what is measured of its outlets too, and these have no topics.
    public var isPerPDU: Bool

    /// Rules; the defaults publish changes of more than 1 %, and everything once a minute, each outlet by itself.
    public init(minimumChange: Double = 0.01, interval: Duration = .seconds(60), isPerPDU: Bool = false) {
        self.minimumChange = minimumChange
        self.interval = interval
        self.isPerPDU = isPerPDU
    }
}

/// Measurements as published: one key per quantity that the device really has, in the unit of `Quantity`.
struct Telemetry: Equatable {
    let values: MeasuredValues
    /// What is measured of the outlets, where one message has all of a PDU; only of outlets that measure something.
    let outlets: [OutletNumber: MeasuredValues]?

    /// The measurements that are numbers; a reading of infinity or not-a-number is no reading.
    init(_ values: MeasuredValues) {
        self.values = Self.numbers(values)
        outlets = nil
    }

    /// The measurements of a whole PDU and of its outlets.
    init(_ reading: DeviceReading) {
        values = Self.numbers(reading.measurements)
        // Nearly always everything is a number, and the reading's own table is used.
        let isWhole = reading.outletMeasurements.values.allSatisfy { !$0.isEmpty && $0.values.allSatisfy(\.isFinite) }
        outlets =
            isWhole
            ? reading.outletMeasurements
            : reading.outletMeasurements.mapValues(Self.numbers).filter { !$0.value.isEmpty }
    }

    private static func numbers(_ values: MeasuredValues) -> MeasuredValues { values.filter { $0.value.isFinite } }

    var isEmpty: Bool { values.isEmpty && outlets?.isEmpty ?? true }

    /// Whether somebody who knows the other measurements should be told these.
    ///
    /// - Parameter share: a value has changed when it moved by more than this share of itself.
    func differs(from other: Telemetry, by share: Double) -> Bool {
        if values.differs(from: other.values, by: share) || outlets?.count != other.outlets?.count { return true }
        return (outlets ?? [:]).contains { number, values in
            other.outlets?[number].map { values.differs(from: $0, by: share) } ?? true
        }
    }

    /// The JSON object, its keys in the order of `Quantity` and its outlets in that of their numbers.
    var json: [UInt8] {
        // An outlet that measures six quantities takes some hundred bytes.
        var object = JSONBytes(capacity: 128 * (1 + (outlets?.count ?? 0)))
        object.add(values)
        if let outlets {
            object.add("outlets") { object in
                for (number, values) in outlets.sorted(by: { $0.key < $1.key }) {
                    object.add("\(number)") { $0.add(values) }
                }
            }
        }
        return object.finished()
    }
}

extension JSONBytes {
    fileprivate mutating func add(_ values: MeasuredValues) {
        for (quantity, value) in values { add(quantity.rawValue, tenThousandths: value) }
    }
}

extension MeasuredValues {
    fileprivate func differs(from other: MeasuredValues, by share: Double) -> Bool {
        guard measuresTheSame(as: other) else { return true }
        return zip(values, other.values).contains { abs($0 - $1) > share * Swift.max(abs($0), abs($1)) }
    }
}
