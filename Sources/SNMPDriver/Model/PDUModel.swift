public import Power

/// What is known of a family of PDUs: how to find its outlets, switch them and read them.
///
/// It comes from a model file, built in or of the site's own (`PDUModel.init(yaml:file:)`), or is made from bare object
/// identifiers (`PDUModel.bare`). It is checked when it is made and does not change.
public struct PDUModel: Sendable, Hashable {
    /// The name in a configuration: `a-z 0-9 -`.
    public let id: String
    /// Who makes the devices.
    public let vendor: String
    /// The devices, for people.
    public let models: String
    /// How well this is known to be right.
    public let maturity: Maturity
    /// What is not certain.
    public let doubts: [String]
    /// What else one should know.
    public let notes: [String]
    /// The vendor's MIB module.
    public let mib: String?
    /// Where the facts come from.
    public let sources: [String]
    /// How long the device may go on answering an old state after it accepted a switch.
    public let settleWindow: Duration
    /// How long to wait between two read-backs within the settle window.
    public let settleInterval: Duration

    let detection: DetectionRule
    let index: [String: IndexPart]
    let outlets: OutletSource
    let control: OutletControl
    let state: StateMap
    let names: TextObject?
    let device: DeviceObjects
    let outletMeasurements: [Quantity: [Measurement]]
    let deviceMeasurements: [Quantity: [Measurement]]
    let limits: RequestLimits

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
