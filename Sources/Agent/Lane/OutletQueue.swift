import DequeModule
import Power

/// One outlet's commands in the order of their arrival, and what is known of the outlet.
struct OutletQueue {
    /// The newest state the device said.
    var state: PowerState?
    /// Since when the outlet is in that state, as far as the agent saw.
    var stateSince: Moment?
    /// A command that waits for its turn.
    struct Waiting {
        let ticket: Ticket
        /// How long the device had been silent for the outlet's commands when this one came.
        let silenceBefore: Duration

        /// How long the device alone has kept the command waiting.
        ///
        /// - Parameter silence: how long the device has been silent for the outlet's commands by now.
        func spent(_ silence: Duration, at now: Moment) -> Duration {
            max(.zero, min(silence - silenceBefore, now - ticket.receivedAt))
        }
    }

    /// What nearly every outlet has nothing of; in an array of at most one, because it is large.
    private var extras: [Extras] = []

    /// What only an outlet has with which something is going on.
    private struct Extras {
        var waiting = Deque<[Waiting]>()
        var waitingCount = 0
        var work: OutletWork?
        var silence = Stopwatch()
        var isSilent = false
        var oddity: OutletReading?
        var memory: OutletMemory?
        var stateBeforeOutage: PowerState?
        var doubtfulSince: Moment?
        var cycleStarts: [Moment] = []

        var isNeeded: Bool {
            work != nil || waitingCount > 0 || oddity != nil || memory != nil || stateBeforeOutage != nil
                || doubtfulSince != nil || !cycleStarts.isEmpty
        }
    }

    /// Commands that wait; equal neighbours share an entry and a switch.
    var waiting: Deque<[Waiting]> { extras.first?.waiting ?? [] }
    var waitingCount: Int { extras.first?.waitingCount ?? 0 }
    /// The command that the outlet is busy with.
    var work: OutletWork? {
        get { extras.first?.work }
        set { change(to: newValue, \.work) }
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

    var isIdle: Bool { extras.first.map { $0.work == nil && $0.waitingCount == 0 } ?? true }

    private mutating func change<Value>(to value: Value?, _ property: WritableKeyPath<Extras, Value?>) {
        guard value != nil || !extras.isEmpty else { return }
        change { $0[keyPath: property] = value }
    }

    private mutating func change(_ body: (inout Extras) -> Void) {
        if extras.isEmpty { extras = [Extras()] }
        body(&extras[0])
        if !extras[0].isNeeded { extras = [] }
    }

    // MARK: - The device's silence

    /// Whether the device keeps the outlet's commands waiting now.
    var isSilent: Bool { extras.first?.isSilent ?? false }

    /// For how long the device has kept the outlet's commands waiting.
    func silence(at now: Moment) -> Duration { extras.first?.silence.total(at: now) ?? .zero }

    mutating func measureSilence(since moment: Moment) {
        guard !extras.isEmpty else { return }
        change { extras in
            extras.isSilent = true
            extras.silence.run(since: moment)
        }
    }

    mutating func stopSilence(at now: Moment) {
        guard isSilent else { return }
        change { extras in
            extras.isSilent = false
            extras.silence.stop(at: now)
        }
    }

    /// Begins anew: nobody waits who has known the silence before.
    mutating func forgetSilence() {
        guard !extras.isEmpty else { return }
        change { extras in
            extras.isSilent = false
            extras.silence = Stopwatch()
        }
    }

    // MARK: - The queue

    /// Takes a command to the end of the queue.
    ///
    /// - Returns: the ticket that had to give way because the queue was full.
    mutating func append(_ ticket: Ticket, at now: Moment) -> Ticket? {
        let overtaken = waitingCount >= LaneRules.maximumWaiting ? removeOldest() : nil
        let waiting = Waiting(ticket: ticket, silenceBefore: silence(at: now))
        change { extras in
            extras.waitingCount += 1
            if let last = extras.waiting.last, last[0].ticket.canShareSwitch(with: ticket) {
                extras.waiting[extras.waiting.count - 1].append(waiting)
            } else {
                extras.waiting.append([waiting])
            }
        }
        return overtaken
    }

    /// Takes the next command, with the equal ones that share its switch.
    mutating func popFirst() -> [Waiting]? {
        guard waitingCount > 0 else { return nil }
        var first: [Waiting]?
        change { extras in
            first = extras.waiting.popFirst()
            extras.waitingCount -= first?.count ?? 0
        }
        return first
    }

    /// Takes every waiting ticket that meets the condition.
    mutating func removeWaiting(where condition: (Waiting) -> Bool) -> [Ticket] {
        guard waitingCount > 0, waiting.contains(where: { $0.contains(where: condition) }) else { return [] }
        var removed: [Ticket] = []
        change { extras in
            var kept = Deque<[Waiting]>()
            for entry in extras.waiting {
                removed += entry.filter(condition).map(\.ticket)
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
        return waiting.joined().compactMap { moment($0.ticket) }.min()
    }

    /// How long the least patient of the waiting commands still waits for a silent device.
    func shortestPatience(at now: Moment, _ limit: (Ticket) -> Duration) -> Duration? {
        guard waitingCount > 0 else { return nil }
        let silence = silence(at: now)
        return waiting.joined().map { limit($0.ticket) - $0.spent(silence, at: now) }.min()
    }

    private mutating func removeOldest() -> Ticket? {
        guard waitingCount > 0 else { return nil }
        var oldest: Ticket?
        change { extras in
            extras.waitingCount -= 1
            oldest = extras.waiting[0].removeFirst().ticket
            if extras.waiting[0].isEmpty { extras.waiting.removeFirst() }
        }
        return oldest
    }
}

extension Ticket {
    /// Whether one switch can serve both: equal plain ones next to each other.
    fileprivate func canShareSwitch(with other: Ticket) -> Bool {
        feed == nil && other.feed == nil && command.canShareSwitch(with: other.command)
    }
}

extension Command {
    fileprivate func canShareSwitch(with other: Command) -> Bool {
        isPlainSwitch && other.isPlainSwitch && action == other.action && force == other.force && limit == other.limit
    }
}
