import Foundation
import Power

/// Turns events into entries, with what each outlet was before.
struct AuditScribe {
    private var states: [OutletID: PowerState] = [:]
    /// What an outlet was before a running command changed it.
    private var before: [OutletID: PowerState] = [:]

    /// The entries for an event: of a load's command one for the whole, and one for each feed that it switched.
    mutating func entries(for event: AgentEvent, at time: Date) -> [AuditEntry] {
        guard case .loadResult(let result, let command, let reply) = event else {
            return entry(for: event, at: time).map { [$0] } ?? []
        }
        guard command?.dryRun != true else { return [] }
        let whole = Self.entry(result, command, reply)
        return [whole] + result.feeds.compactMap { entry(for: $0, of: whole) }
    }

    /// The entry for a feed of a load that was switched with it.
    private mutating func entry(for feed: LoadResult.Feed, of whole: AuditEntry) -> AuditEntry? {
        guard let status = feed.status, whole.queuedMilliseconds != nil,
            let outlet = feed.outletID
        else { return nil }
        var entry = whole
        entry.pdu = feed.pdu
        entry.outlet = "\(feed.outlet)"
        entry.status = status.rawValue
        entry.code = feed.error?.code
        entry.message = feed.error?.message
        entry.before = before.removeValue(forKey: outlet) ?? states[outlet]
        entry.after = feed.state ?? states[outlet]
        return entry
    }

    /// The entry for an event that has one at most; nothing for what the audit trail is not about.
    mutating func entry(for event: AgentEvent, at time: Date) -> AuditEntry? {
        switch event {
        case .state(let outlet, let state, let previous, let isOwn):
            states[outlet] = state
            guard let previous else { return nil }
            guard !isOwn else {
                before[outlet] = before[outlet] ?? previous
                return nil
            }
            var entry = AuditEntry(.change, at: time, status: "seen")
            entry.pdu = outlet.pdu.rawValue
            entry.outlet = outlet.outlet.description
            entry.before = previous
            entry.after = state
            return entry
        case .availability(let pdu, let isOnline, let reason):
            var entry = AuditEntry(.availability, at: time, status: isOnline ? "online" : "offline")
            entry.pdu = pdu.rawValue
            entry.message = reason
            return entry
        case .described, .reading, .loadState, .loadAvailability, .loadResult, .groupResult: return nil
        case .result(let result, let ticket):
            guard !ticket.command.dryRun else { return nil }
            var entry = Self.entry(result)
            entry.reason = ticket.command.reason
            entry.replyTopic = ticket.reply?.topic
            entry.target = ticket.target
            if result.queuedMilliseconds != nil {
                entry.before = before.removeValue(forKey: ticket.outlet) ?? states[ticket.outlet]
                entry.after = result.state ?? states[ticket.outlet]
            }
            return entry
        case .denied(let denial):
            var entry = AuditEntry(.access, at: time, status: Outcome.Status.rejected.rawValue)
            entry.target = denial.request
            entry.user = denial.user
            entry.door = denial.door
            entry.code = Outcome.Code.unauthorized.rawValue
            entry.message = denial.message
            return entry
        case .configured(let change):
            var entry = AuditEntry(.configuration, at: time, status: Outcome.Status.done.rawValue)
            entry.target = change.files.joined(separator: ", ")
            entry.user = change.user
            entry.door = change.door
            entry.message = change.message
            return entry
        case .refused(let result): return Self.entry(result)
        case .refusedGroup(let result):
            var entry = AuditEntry(.command, at: result.finishedAt, status: result.status.rawValue)
            entry.target = result.target.description
            if case .pdu(let name) = result.target { entry.pdu = name }
            entry.action = result.action
            entry.id = result.id
            entry.by = result.by
            entry.user = result.user
            entry.door = result.door
            entry.receivedAt = result.receivedAt
            entry.code = result.error?.code
            entry.message = result.error?.message
            return entry
        }
    }

    private static func entry(_ result: LoadResult, _ command: Command?, _ reply: ReplyAddress?) -> AuditEntry {
        var entry = AuditEntry(.command, at: result.finishedAt, status: result.status.rawValue)
        entry.target = "load/\(result.load)"
        entry.action = result.action
        entry.id = result.id
        entry.by = result.by
        entry.user = result.user
        entry.door = result.door
        entry.reason = command?.reason
        entry.replyTopic = reply?.topic
        entry.receivedAt = result.receivedAt
        entry.code = result.error?.code
        entry.message = result.error?.message
        entry.queuedMilliseconds = result.queuedMilliseconds
        entry.deviceMilliseconds = result.deviceMilliseconds
        return entry
    }

    private static func entry(_ result: CommandResult) -> AuditEntry {
        var entry = AuditEntry(.command, at: result.finishedAt, status: result.status.rawValue)
        entry.pdu = result.pdu
        entry.outlet = result.outlet.topicLevel
        entry.action = result.action
        entry.id = result.id
        entry.by = result.by
        entry.user = result.user
        entry.door = result.door
        entry.receivedAt = result.receivedAt
        entry.code = result.error?.code
        entry.message = result.error?.message
        entry.queuedMilliseconds = result.queuedMilliseconds
        entry.deviceMilliseconds = result.deviceMilliseconds
        return entry
    }
}
