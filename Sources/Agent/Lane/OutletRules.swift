import Power

/// What the configuration says about one outlet.
public struct OutletRules: Sendable, Equatable {
    /// What to do with an outlet whose device came back from an outage with another state than it had.
    public enum OnReturn: String, Sendable, Hashable, CaseIterable {
        /// Nothing: reconnecting never switches.
        case observe
        /// Switch back to the state it had.
        case restore
        /// Switch on.
        case on
        /// Switch off.
        case off
    }

    /// The name for people.
    public var label: String?
    /// Whether commands need `force`.
    public var isProtected = false
    /// Whether the outlet may never be switched off.
    public var isOffForbidden = false
    /// How long it stays on at least.
    public var minimumOnTime: Duration?
    /// How long it stays off at least.
    public var minimumOffTime: Duration?
    /// How often it may be cycled within an hour.
    public var maximumCyclesPerHour: Int?
    /// How long the agent tries to carry out a command before it gives up; without it the PDU's.
    public var limit: Duration?
    /// How long a `CYCLE` leaves it off when the command does not say.
    public var offTime: Duration = .seconds(5)
    /// Whether the device does the cycle by itself, for the outlet that feeds the agent or its network.
    public var isCycledByDevice = false
    /// The circuit whose inrush limit it shares.
    public var circuit: String?
    /// How much it may draw, in amperes, for people.
    public var maximumCurrent: Double?
    /// What to do after an outage.
    public var onReturn = OnReturn.observe

    /// Rules of an outlet about which the configuration says nothing.
    public init() {}
}
