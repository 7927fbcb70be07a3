public import Power

/// What the broker knows of a PDU.
public struct FleetPDU: Sendable, Equatable {
    /// Whether it can be read; nothing when its agent has not said.
    public var isOnline: Bool?
    /// The driver.
    public var driver: String?
    /// The model.
    public var model: String?
    /// The name for people.
    public var label: String?
    /// Where it stands.
    public var location: String?
    /// The version of its firmware.
    public var firmware: String?
    /// Its serial number.
    public var serial: String?
    /// The agent that reads and switches it.
    public var agent: String?
    /// How much it may draw, in amperes, where the configuration says.
    public var maximumCurrent: Double?
    /// Why it is offline.
    public var problem: String?
    /// What the device complains about.
    public var warnings: [String] = []
    /// What the device measures as a whole.
    public var measurements: MeasuredValues = [:]
    /// Its outlets.
    public var outlets: [OutletNumber: FleetOutlet] = [:]
    /// How many bytes its description has.
    var size = 0

    /// A PDU of which nothing is known.
    public init() {}
}
