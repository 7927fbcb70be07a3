import DequeModule
import Power

/// One outlet's commands in the order of their arrival, and what is known of the outlet.
struct OutletQueue {
    /// Commands that wait; equal neighbours share an entry and a switch.
    private(set) var waiting = Deque<[Ticket]>()
    private(set) var waitingCount = 0
    /// The command that the outlet is busy with.
    var running: RunningCommand? {
        get { busyWith.first }
        set { busyWith = newValue.map { [$0] } ?? [] }
    }
    /// Held in an array of at most one, because a running command is large and nearly every outlet has none.
    private var busyWith: [RunningCommand] = []
    /// The newest state the device said.
    var state: PowerState?
    /// Since when the outlet is in that state, as far as the agent saw.
    var stateSince: Moment?
    /// The newest answer that was neither on nor off.
    var oddity: OutletReading?
    /// What an earlier process knew of the outlet, until the device has been read.
    var memory: OutletMemory?
    /// The state before an outage that is just over, until the device has said what the outlet is now.
    var stateBeforeOutage: PowerState?
    /// Since when nobody can tell whether a switch was done, until the device has been read after it.
    var doubtfulSince: Moment?
    /// When cycles began within the last hour.
    var cycleStarts: [Moment] = []

    var isIdle: Bool { busyWith.isEmpty && waiting.isEmpty }

    /// Takes a command to the end of the queue.
    ///
    /// - Returns: the ticket that had to give way because the queue was full.
    mutating func append(_ ticket: Ticket) -> Ticket? {
        let overtaken = waitingCount >= LaneRules.maximumWaiting ? removeOldest() : nil
        waitingCount += 1
        if let last = waiting.last, last[0].command.isPlainSwitch, ticket.command.isPlainSwitch,
            last[0].command.action == ticket.command.action, last[0].command.force == ticket.command.force
        {
            waiting[waiting.count - 1].append(ticket)
        } else {
            waiting.append([ticket])
        }
        return overtaken
    }

    /// Takes the next command, with the equal ones that share its switch.
    mutating func popFirst() -> [Ticket]? {
        guard let first = waiting.popFirst() else { return nil }
        waitingCount -= first.count
        return first
    }

    /// Takes every waiting ticket that meets the condition.
    mutating func removeWaiting(where condition: (Ticket) -> Bool) -> [Ticket] {
        guard waiting.contains(where: { $0.contains(where: condition) }) else { return [] }
        var removed: [Ticket] = []
        var kept = Deque<[Ticket]>()
        for entry in waiting {
            removed += entry.filter(condition)
            let rest = entry.filter { !condition($0) }
            if !rest.isEmpty { kept.append(rest) }
        }
        waiting = kept
        waitingCount -= removed.count
        return removed
    }

    /// When the first deadline of a waiting command passes.
    func earliestDeadline(_ moment: (Ticket) -> Moment?) -> Moment? {
        waiting.lazy.flatMap { $0 }.compactMap(moment).min()
    }

    private mutating func removeOldest() -> Ticket? {
        guard !waiting.isEmpty else { return nil }
        waitingCount -= 1
        let oldest = waiting[0].removeFirst()
        if waiting[0].isEmpty { waiting.removeFirst() }
        return oldest
    }
}
