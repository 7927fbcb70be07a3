/// Outlets behind one fuse, which must not be switched on all at once.
public struct CircuitSettings: Sendable, Equatable {
    /// The key in `circuits`: 1 to 64 of `A-Z a-z 0-9 _ -`.
    public var name: String
    /// `max_switch_ons_per_second`: 0.01 to 100.
    public var maximumSwitchOnsPerSecond: Double
}
