import DequeModule
import Power

/// One outlet's commands in the order of their arrival, and what is known of the outlet.
struct OutletQueue {
    /// The newest state the device said.
    var state: PowerState?
    /// Since when the outlet is in that state, as far as the agent saw.
    var stateSince: Moment?
    /// What nearly every outlet has nothing of; in an array of at most one, because it is large.
    private var extras: [Extras] = []

    /// What only an outlet has with which something is going on.
    private struct Extras {
        var waiting = Deque<[Ticket]>()
        var waitingCount = 0
        var running: RunningCommand?
        var oddity: OutletReading?
        var memory: OutletMemory?
        var stateBeforeOutage: PowerState?
        var doubtfulSince: Moment?
        var cycleStarts: [Moment] = []

        var isNeeded: Bool {
            running != nil || waitingCount > 0 || oddity != nil || memory != nil || stateBeforeOutage != nil
                || doubtfulSince != nil || !cycleStarts.isEmpty
        }
    }

    /// Commands that wait; equal neighbours share an entry and a switch.
    var waiting: Deque<[Ticket]> { extras.first?.waiting ?? [] }
    var waitingCount: Int { extras.first?.waitingCount ?? 0 }
    /// The command that the outlet is busy with.
    var running: RunningCommand? {
        get { extras.first?.running }
        set { change(to: newValue, \.running) }
    }
    /// The newest answer that was neither on nor off.
    var oddity: OutletReading? {
        get { extras.first?.oddity }
        set { change(to: newValue, \.oddity) }
    }
    /// What an earlier process knew of the outlet, until the device has been read.
    var memory: OutletMemory? {
        get { extras.first?.memory }
        set { change(to: newValue, \.memory) }
    }
    /// The state before an outage that is just over, until the device has said what the outlet is now.
    var stateBeforeOutage: PowerState? {
        get { extras.first?.stateBeforeOutage }
        set { change(to: newValue, \.stateBeforeOutage) }
    }
    /// Since when nobody can tell whether a switch was done, until the device has been read after it.
    var doubtfulSince: Moment? {
        get { extras.first?.doubtfulSince }
        set { change(to: newValue, \.doubtfulSince) }
    }
    /// When cycles began within the last hour.
    var cycleStarts: [Moment] {
        get { extras.first?.cycleStarts ?? [] }
        set {
            guard !newValue.isEmpty || !extras.isEmpty else { return }
            change { $0.cycleStarts = newValue }
        }
    }

    var isIdle: Bool { extras.first.map { $0.running == nil && $0.waitingCount == 0 } ?? true }

    private mutating func change<Value>(to value: Value?, _ property: WritableKeyPath<Extras, Value?>) {
        guard value != nil || !extras.isEmpty else { return }
        change { $0[keyPath: property] = value }
    }

    private mutating func change(_ body: (inout Extras) -> Void) {
        if extras.isEmpty { extras = [Extras()] }
        body(&extras[0])
        if !extras[0].isNeeded { extras = [] }
    }

    /// Takes a command to the end of the queue.
    ///
    /// - Returns: the ticket that had to give way because the queue was full.
    mutating func append(_ ticket: Ticket) -> Ticket? {
        let overtaken = waitingCount >= LaneRules.maximumWaiting ? removeOldest() : nil
        change { extras in
            extras.waitingCount += 1
            if let last = extras.waiting.last, last[0].command.isPlainSwitch, ticket.command.isPlainSwitch,
                last[0].command.action == ticket.command.action, last[0].command.force == ticket.command.force
            {
                extras.waiting[extras.waiting.count - 1].append(ticket)
            } else {
                extras.waiting.append([ticket])
            }
        }
        return overtaken
    }

    /// Takes the next command, with the equal ones that share its switch.
    mutating func popFirst() -> [Ticket]? {
        guard waitingCount > 0 else { return nil }
        var first: [Ticket]?
        change { extras in
            first = extras.waiting.popFirst()
            extras.waitingCount -= first?.count ?? 0
        }
        return first
    }

    /// Takes every waiting ticket that meets the condition.
    mutating func removeWaiting(where condition: (Ticket) -> Bool) -> [Ticket] {
        guard waitingCount > 0, waiting.contains(where: { $0.contains(where: condition) }) else { return [] }
        var removed: [Ticket] = []
        change { extras in
            var kept = Deque<[Ticket]>()
            for entry in extras.waiting {
                removed += entry.filter(condition)
                let rest = entry.filter { !condition($0) }
                if !rest.isEmpty { kept.append(rest) }
            }
            extras.waiting = kept
            extras.waitingCount -= removed.count
        }
        return removed
    }

    /// When the first deadline of a waiting command passes.
    func earliestDeadline(_ moment: (Ticket) -> Moment?) -> Moment? {
        guard waitingCount > 0 else { return nil }
        return waiting.lazy.flatMap { $0 }.compactMap(moment).min()
    }

    private mutating func removeOldest() -> Ticket? {
        guard waitingCount > 0 else { return nil }
        var oldest: Ticket?
        change { extras in
            extras.waitingCount -= 1
            oldest = extras.waiting[0].removeFirst()
            if extras.waiting[0].isEmpty { extras.waiting.removeFirst() }
        }
        return oldest
    }
}
