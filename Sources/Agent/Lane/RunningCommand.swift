import Power

/// A command that an outlet is busy with, and how far it has come.
struct RunningCommand {
    /// What is to happen next.
    enum Phase {
        /// Waits for the command's delay to pass; nothing has been done.
        case delayed(until: Moment)
        /// Waits for the journal to have the command on disk; for what need not be there, only until the moment.
        case journaling(until: Moment)
        /// Wants the outlet read before it can decide.
        case reading
        /// Wants this state, not before the moment.
        case switching(PowerState, notBefore: Moment)
        /// Wants the device to cycle the outlet by itself.
        case cyclingByDevice
        /// Told the device; reads back until it agrees, at most until the settle window closes.
        case verifying(PowerState, until: Moment, nextRead: Moment)
        /// Holds a state until the time for the way back has come.
        case holding(until: Moment)
    }

    /// The command, and equal ones that share its switch; the first is the one that runs.
    var tickets: [Ticket]
    var phase: Phase
    /// When the command first acted; nothing while it can still be refused.
    var startedAt: Moment?
    /// The time spent waiting for the device's answers.
    var deviceTime = Duration.zero
    /// Whether the way back (on after a cycle's off, the end of `for`) has begun: it never gives up.
    var isOnWayBack = false
    /// Why the command cannot end as `done` any more, once the way back is finished.
    var trouble: Outcome?
    /// What the driver said about a switch of which nobody can tell whether it was done.
    var doubt: DriverError?
    /// How many read-backs failed one after the other.
    var failedReads = 0
    /// How many switches failed one after the other on the way back.
    var failedSwitches = 0
    /// Whether a request to switch has gone to the device.
    var wasSent = false
    /// When the newest such request went.
    var lastSentAt: Moment?
    /// Whether the device refused to switch this outlet together with others.
    var mustSwitchAlone = false
    /// Whether the journal holds the command.
    var isJournaled = false
    /// Whether the journal knows that the command acts.
    var isActingJournaled = false
    /// When the device accepted the newest switch.
    var acceptedAt: Moment?
    /// Whether the state before the way back was read back from the device.
    var isHoldProven = false
    /// Whether this command's delay is over.
    var isDelayOver = false

    var ticket: Ticket { tickets[0] }
    var command: Command { tickets[0].command }
}
