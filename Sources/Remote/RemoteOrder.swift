import Agent
import Foundation
public import Power

/// A command as it is sent, with the keys of the command language.
public struct RemoteOrder: Sendable, Equatable {
    private struct Payload: Encodable {
        var action: String
        var id: String
        var delay: Double?
        var off_time: Double?
        var `for`: Double?
        var limit: Double?
        var deadline: String?
        var by: String?
        var reason: String?
        var force: Bool?
        var dry_run: Bool?
        var with_dependents: Bool?
    }

    /// What to do.
    public var action: Action
    /// How long to wait before acting, in seconds.
    public var delay: Double?
    /// For a cycle: how long the outlet stays off, in seconds.
    public var offTime: Double?
    /// For on and off: after how long to go back, in seconds.
    public var holdTime: Double?
    /// How long the agent tries before it gives up, in seconds; else what its configuration says.
    public var limit: Double?
    /// Who wants it.
    public var by: String?
    /// Why.
    public var reason: String?
    /// Whether a protected outlet may be switched.
    public var force = false
    /// Whether only to say what would happen.
    public var dryRun = false
    /// Of a load: whether the loads that stand on it go off before it.
    public var withDependents = false

    /// By when it has to have begun.
    var deadline: String?

    /// An order.
    public init(_ action: Action) { self.action = action }

    /// The order that a command is.
    init(_ command: Command) {
        action = command.action
        delay = command.delay?.inSeconds
        offTime = command.offTime?.inSeconds
        holdTime = command.holdTime?.inSeconds
        limit = command.limit?.inSeconds
        by = command.by
        reason = command.reason
        force = command.force
        dryRun = command.dryRun
        withDependents = command.withDependents ?? false
        deadline = command.deadline.map(RFC3339.text)
    }

    /// How long the command itself takes, in seconds, as far as the order says.
    public var duration: Double { (delay ?? 0) + (action == .cycle ? offTime ?? 0 : 0) + (holdTime ?? 0) }

    /// Whether only the agent knows how long the command takes: its configuration has the off time, and the stagger of a group or
    /// a load.
    func takesUnknownTime(for target: RemoteTarget) -> Bool {
        guard !dryRun else { return false }
        switch target {
        case .group, .load: return true
        case .outlet: break
        }
        return action == .cycle && offTime == nil
    }

    /// The same for what a command is for.
    func takesUnknownTime(for target: CommandTarget) -> Bool {
        guard !dryRun else { return false }
        switch target {
        case .group, .load, .outlet(_, .all): return true
        case .outlet: return action == .cycle && offTime == nil
        }
    }

    /// The same command, only asking what would happen.
    var asDryRun: RemoteOrder {
        var order = self
        order.dryRun = true
        return order
    }

    func payload(id: String) -> [UInt8] {
        let payload = Payload(
            action: action.rawValue,
            id: id,
            delay: delay,
            off_time: offTime,
            for: holdTime,
            limit: limit,
            deadline: deadline,
            by: by,
            reason: reason,
            force: force ? true : nil,
            dry_run: dryRun ? true : nil,
            with_dependents: withDependents ? true : nil
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Only numbers that JSON does not have cannot be encoded; the options let none through.
        return (try? encoder.encode(payload)).map(Array.init) ?? []
    }
}
