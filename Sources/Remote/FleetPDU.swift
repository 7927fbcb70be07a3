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
    /// Why it is offline.
    public var problem: String?
    /// What the device complains about.
    public var warnings: [String] = []
    /// What the device measures as a whole.
    public var measurements: MeasuredValues = [:]
    /// Its outlets.
    public var outlets: [OutletNumber: FleetOutlet] = [:]

    /// A PDU of which nothing is known.
    public init() {}
}
