/// What a device answered when it was asked for an outlet.
public enum OutletReading: Sendable, Hashable {
    /// The outlet is in this state now.
    case settled(PowerState)
    /// The device says that the outlet is on its way to another state (a delay is running, a relay has yet to move).
    case pending
    /// The device answered something that is neither on nor off, in its own words.
    case indeterminate(String)

    /// The state, where the device has said one.
    public var state: PowerState? {
        if case .settled(let state) = self { state } else { nil }
    }
}

extension OutletReading: CustomStringConvertible {
    /// The state, or what the device says instead.
    public var description: String {
        switch self {
        case .settled(let state): state.description
        case .pending: "that it is still switching"
        case .indeterminate(let words): words
        }
    }
}
