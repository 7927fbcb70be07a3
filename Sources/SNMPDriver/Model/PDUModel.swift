public import Power

/// What is known of a family of PDUs: how to find its outlets, switch them and read them.
///
/// It comes from a model file, built in or of the site's own (`PDUModel.init(yaml:file:)`), or is made from bare object
/// identifiers (`PDUModel.bare`). It is checked when it is made and does not change.
public struct PDUModel: Sendable {
    /// A model is large and thousands of PDUs are of the same one, so it is shared and not copied.
    private final class Storage: Sendable {
        let facts: PDUModelFacts
        init(_ facts: PDUModelFacts) { self.facts = facts }
    }

    private let storage: Storage
    private var facts: PDUModelFacts { _read { yield storage.facts } }

    init(_ facts: PDUModelFacts) {
        storage = Storage(facts)
    }

    /// The name in a configuration: `a-z 0-9 -`.
    public var id: String { facts.id }
    /// Who makes the devices.
    public var vendor: String { facts.vendor }
    /// The devices, for people.
    public var models: String { facts.models }
    /// How well this is known to be right.
    public var maturity: Maturity { facts.maturity }
    /// What is not certain.
    public var doubts: [String] { facts.doubts }
    /// What else one should know.
    public var notes: [String] { facts.notes }
    /// The vendor's MIB module.
    public var mib: String? { facts.mib }
    /// Where the facts come from.
    public var sources: [String] { facts.sources }
    /// How long the device may go on answering an old state after it accepted a switch.
    public var settleWindow: Duration { facts.settleWindow }
    /// How long to wait between two read-backs within the settle window.
    public var settleInterval: Duration { facts.settleInterval }
    var detection: DetectionRule { facts.detection }
    var index: [String: IndexPart] { facts.index }
    var outlets: OutletSource { facts.outlets }
    var control: OutletControl { facts.control }
    var state: StateMap { facts.state }
    var names: TextObject? { facts.names }
    var device: DeviceObjects { facts.device }
    var outletMeasurements: [Quantity: [Measurement]] { facts.outletMeasurements }
    var deviceMeasurements: [Quantity: [Measurement]] { facts.deviceMeasurements }
    var limits: RequestLimits { facts.limits }
    /// Whether the device can switch an outlet off and on again by itself.
    public var cyclesByItself: Bool { control.actions[.cycle] != nil }
    /// Whether several outlets can be switched with one request.
    public var switchesTogether: Bool { control.packed != nil || control.together != nil }
    /// The quantities that the device may measure for an outlet.
    public var outletQuantities: Set<Quantity> { Set(outletMeasurements.keys) }
    /// The quantities that the device may measure as a whole.
    public var deviceQuantities: Set<Quantity> { Set(deviceMeasurements.keys) }
    /// The parts of the index that a configuration may set, with the values they have without it.
    public var indexParts: [String: UInt32?] {
        Dictionary(
            uniqueKeysWithValues: indexNames.map { name in
                if case .standard(let value) = index[name]?.source { (name, value) } else { (name, nil) }
            }
        )
    }

    /// Objects that say what the device is.
    struct DeviceObjects: Sendable, Hashable {
        var model: TextObject?
        var firmware: TextObject?
        var serial: TextObject?
    }
}

extension PDUModel: Hashable {
    /// Whether all that is known is the same.
    public static func == (left: PDUModel, right: PDUModel) -> Bool {
        left.storage === right.storage || left.facts == right.facts
    }

    /// Hashes the name, which tells models apart.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension PDUModel {
    /// Reads and checks a model file.
    ///
    /// - Parameters:
    ///   - yaml: The text of the file.
    ///   - file: What problems call the file.
    /// - Throws: `ModelErrors` with everything that is wrong, by line and key.
    public init(yaml: String, file: String) throws(ModelErrors) {
        self = try ModelFileParser.parse(yaml, file: file)
    }
}
