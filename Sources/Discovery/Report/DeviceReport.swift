public import Power

/// A device that was recognised, and what it said of itself.
public struct DeviceReport: Sendable, Equatable, Encodable {
    /// An outlet.
    public struct Outlet: Sendable, Equatable, Encodable {
        /// The number on the device.
        public var number: Int
        /// The name that the device gives it.
        public var name: String?
        /// `ON` or `OFF`; nothing when the device does not say one of these.
        public var state: String?
        /// What it measures, by quantity, in the quantity's unit.
        public var measurements: MeasuredValues?
    }

    /// The driver that speaks with it.
    public var driver: String
    /// How it was reached, as `snmp 2c, port 161` or `web page, port 80`.
    public var found: String
    /// The TCP or UDP port.
    public var port: Int
    /// The model as the device names it, or its family.
    public var model: String
    /// The id of the model file, for `driver: snmp`.
    public var modelID: String?
    /// How well the model file is known to be right.
    public var maturity: String?
    /// Its firmware.
    public var firmware: String?
    /// Its serial number.
    public var serial: String?
    /// Its outlets; nothing when they could not be read.
    public var outlets: [Outlet] = []
    /// What it measures as a whole, by quantity.
    public var measurements: MeasuredValues = [:]
    /// What is odd or has to be done by hand.
    public var notes: [String] = []
    /// The entry for `pdus:`.
    public var entry = ""

    /// A text in double quotes, as YAML reads it, for those who change the entry.
    public static func quoted(_ text: String) -> String { ConfigurationEntry.quoted(text) }

    init(driver: String, found: String, port: Int, model: String) {
        self.driver = driver
        self.found = found
        self.port = port
        self.model = model
    }

    /// Takes over what the device said.
    mutating func adopt(_ description: DeviceDescription, _ reading: DeviceReading) {
        model = description.model ?? model
        firmware = description.firmware
        serial = description.serial
        let numbers = Set(reading.outlets.keys).union(description.outlets ?? [])
        outlets = numbers.sorted().map { number in
            let measured = (reading.outletMeasurements[number] ?? [:]).filter { $0.value.isFinite }
            return Outlet(
                number: number.rawValue,
                name: description.outletNames[number],
                state: reading.outlets[number]?.state?.rawValue,
                measurements: measured.isEmpty ? nil : measured
            )
        }
        measurements = reading.measurements.filter { $0.value.isFinite }
        notes += reading.warnings.map { "the device complains: \($0)" }
        for (number, answer) in reading.outlets.sorted(by: { $0.key < $1.key }) where answer.state == nil {
            notes.append("outlet \(number) says neither on nor off: \(answer)")
        }
    }
}
