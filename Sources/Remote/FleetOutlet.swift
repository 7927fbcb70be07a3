public import Power

/// What the broker knows of an outlet.
public struct FleetOutlet: Sendable, Equatable {
    /// The name for people.
    public var label: String?
    /// Whether commands need `force`.
    public var isProtected = false
    /// What the device said last; nothing when it was not read.
    public var state: PowerState?
    /// What the device measures.
    public var measurements: MeasuredValues = [:]

    /// An outlet of which nothing is known.
    public init() {}
}
