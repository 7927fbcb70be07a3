public import Foundation
public import Power

/// A command as somebody gave it, checked and ready for a lane.
public struct Command: Sendable, Equatable, Codable {
    /// What to do.
    public var action: Action
    /// The sender's name for this command, at most 64 bytes of UTF-8.
    public var id: String?
    /// How long to wait before acting, 0 to 86,400 s.
    public var delay: Duration?
    /// For `CYCLE`: how long the outlet stays off, 0.1 to 3,600 s.
    public var offTime: Duration?
    /// For `ON` and `OFF`: after how long to switch to the opposite state, 0.1 to 86,400 s.
    public var holdTime: Duration?
    /// Not started by then, the command is `expired`.
    public var deadline: Date?
    /// How long the agent tries before it gives up, 0.5 to 3,600 s; without it the outlet's or the PDU's.
    public var limit: Duration?
    /// Who wants it, as the sender says.
    public var by: String?
    /// Why, as the sender says.
    public var reason: String?
    /// Who its sender proved to be, where it came in by a door that asks; never what the sender says of itself.
    public var user: String?
    /// By which door it came in.
    public var door: Door?
    /// Whether a protected outlet may be switched.
    public var force: Bool
    /// Whether only to answer what would happen.
    public var dryRun: Bool
    /// Of a load: whether the loads that stand on it are switched off before it.
    public var withDependents: Bool?

    /// A command; everything but the action may be left out.
    public init(
        _ action: Action,
        id: String? = nil,
        delay: Duration? = nil,
        offTime: Duration? = nil,
        holdTime: Duration? = nil,
        deadline: Date? = nil,
        limit: Duration? = nil,
        by: String? = nil,
        reason: String? = nil,
        force: Bool = false,
        dryRun: Bool = false,
        withDependents: Bool? = nil
    ) {
        self.action = action
        self.id = id
        self.delay = delay
        self.offTime = offTime
        self.holdTime = holdTime
        self.deadline = deadline
        self.limit = limit
        self.by = by
        self.reason = reason
        self.force = force
        self.dryRun = dryRun
        self.withDependents = withDependents
    }

    /// Whether the command must be in the journal before it acts: it leaves something to be done later.
    public var needsJournal: Bool {
        action == .cycle || delay != nil || holdTime != nil
    }

    /// Whether the command is one plain switch, which an equal neighbour may share.
    var isPlainSwitch: Bool {
        action.plainState != nil && delay == nil && holdTime == nil
    }
}
