public import Power

/// What the broker knows of an outlet.
public struct FleetOutlet: Sendable, Equatable {
    /// The name for people.
    public var label: String?
    /// Whether commands need `force`.
    public var isProtected = false
    /// Whether it may never be switched off.
    public var isOffForbidden = false
    /// How much it may draw, in amperes, where the configuration says.
    public var maximumCurrent: Double?
    /// Whether its PDU's information names it; one that has a state alone is gone when that is cleared.
    var isNamed = false
    /// What the device said last; nothing when it was not read.
    public var state: PowerState?
    /// What the device measures.
    public var measurements: MeasuredValues = [:]

    /// An outlet of which nothing is known.
    public init() {}
}
