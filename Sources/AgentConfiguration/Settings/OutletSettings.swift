/// What is said of one outlet, with everything it inherits filled in.
public struct OutletSettings: Sendable, Equatable {
    /// Who switches off and on again in a cycle.
    public enum Cycle: Sendable, Equatable {
        /// The agent, which leaves the outlet off for so long.
        case byAgent(offTime: Duration)
        /// The device, in its own time.
        case byDevice
    }

    /// What is done when the device comes back after it could not be reached.
    public enum ReturnPolicy: String, Sendable, Hashable, CaseIterable {
        /// Nothing: the state is read and told.
        case observe
        /// The state it had before is set again.
        case restore
        /// The outlet is switched on.
        case on
        /// The outlet is switched off.
        case off
    }

    /// `label`: a name for people.
    public var label: String?
    /// `protected`: whether a command must say `force`.
    public var isProtected = false
    /// `off_forbidden`: whether it is never switched off or cycled, not even by force.
    public var forbidsOff = false
    /// `min_on_time`: how long it stays on at least, once switched on.
    public var minimumOnTime: Duration?
    /// `min_off_time`: how long it stays off at least, once switched off.
    public var minimumOffTime: Duration?
    /// `max_cycles_per_hour`.
    public var maximumCyclesPerHour: Int?
    /// `command.limit`: how long the agent tries to carry out a command; nothing for what the PDU says.
    public var limit: Duration?
    /// `cycle`.
    public var cycle: Cycle
    /// `on_return`.
    public var onReturn = ReturnPolicy.observe
    /// `circuit`: a name in `circuits`.
    public var circuit: String?
    /// `max_current`: how much it may draw, in amperes.
    public var maximumCurrent: Double?
}
