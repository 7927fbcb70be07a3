import Foundation
import Power

/// How a lane begins with what an earlier process left, takes over another configuration, and ends.
extension LaneSchedule {
    static let stopping = Outcome.rejected(.stopping, "the agent is shutting down; send the command again later")

    /// Why a lane that ends takes no command.
    var refusalOfEnding: Outcome? {
        switch ending?.reason {
        case .shutdown: Self.stopping
        case .removal: removed
        case .renewal, nil: nil
        }
    }

    /// Whether the lane will never take commands again.
    var endsForGood: Bool { ending.map { $0.reason != .renewal } ?? false }

    private var removed: Outcome {
        .rejected(.unknownPDU, "\(rules.pdu) was removed from the configuration; nothing was switched")
    }

    /// Stops: nothing new begins. What runs may finish until the moment; what is in the journal may stay there.
    mutating func stop(until limit: Moment) {
        if let ending, ending.reason == .removal {
            self.ending?.limit = min(ending.limit, limit)
            return
        }
        ending = LaneEnding(reason: .shutdown, limit: limit)
        refuseWaiting(Self.stopping)
        settleActive()
    }

    /// Gives away what waits and was not begun, for the next owner of the PDU.
    mutating func handOn() -> [Ticket] {
        var tickets: [Ticket] = []
        for number in active { tickets += outlets[number]?.removeWaiting { $0.ticket.feed == nil } ?? [] }
        for ticket in tickets {
            unnoted[ticket.number] = nil
            circuits.release(ticket.number)
        }
        settleActive()
        return tickets.sorted { $0.number < $1.number }
    }

    /// Begins a command that an earlier owner of the PDU has not begun, in the time that it has left.
    mutating func begin(handedOn ticket: Ticket, at now: Now) {
        guard ticket.command.delay == nil else { return submit(ticket, at: now) }
        let left = limit(of: ticket) - (now.moment - ticket.receivedAt)
        guard left > .zero else { return finish(ticket, CommandRouter.unowned) }
        var ticket = ticket
        ticket.command.limit = left
        submit(ticket, at: now)
    }

    /// Ends the work for a PDU that is not in the configuration any more. What waits is refused. What has begun is
    /// finished until the moment, before its time if need be, so that no outlet is left dark and nobody without answer.
    mutating func dismiss(until limit: Moment, at now: Now) {
        guard ending?.reason != .shutdown else { return }
        ending = LaneEnding(reason: .removal, limit: limit)
        refuseWaiting(removed)
        for number in active {
            guard let work = outlets[number]?.work else { continue }
            switch work.step {
            case .delayed, .recording, .asking: end(number, removed, at: now)
            case .switching, .cyclingByDevice: if !work.wasSent { end(number, removed, at: now) }
            case .holding(let hold): self.hold(number, hold, at: now)
            case .kept: effects.append(.feed(work.ticket, .hurry(removed)))
            case .returning, .ending: continue
            }
        }
        settleActive()
    }

    /// Lets what the device was told come to its end; what waits goes on when the lane is renewed.
    mutating func pause(until limit: Moment) {
        guard !endsForGood else { return }
        ending = LaneEnding(reason: .renewal, limit: limit)
    }

    private mutating func refuseWaiting(_ outcome: Outcome) {
        for number in active {
            let waiting = outlets[number]?.removeWaiting { _ in true } ?? []
            for ticket in waiting { finish(ticket, outcome) }
        }
    }

    /// The tickets whose work stays in the journal for the next start, once the lane has ended.
    var leftInJournal: [Ticket] {
        active.flatMap { number -> [Ticket] in
            guard let work = outlets[number]?.work else { return [] }
            if case .ending = work.step { return [] }
            // What a load's command has begun is in an entry of its own.
            return work.ticket.feed == nil ? work.tickets : []
        }
    }

    /// Every command that is under way or waits.
    var everyTicket: [Ticket] {
        active.flatMap { number in
            (outlets[number]?.work?.tickets ?? []) + (outlets[number]?.waiting.joined().map(\.ticket) ?? [])
        }
    }

    /// Whether nothing waits, and what is under way does nothing before the moment.
    func isQuiet(until limit: Moment) -> Bool {
        active.allSatisfy { number in
            guard let queue = outlets[number] else { return true }
            return queue.waitingCount == 0 && (queue.work.map { isResting($0, until: limit) } ?? true)
        }
    }

    /// Whether an ending lane has nothing left to wait for.
    var isDrained: Bool {
        guard let ending else { return false }
        return active.allSatisfy { number in
            guard let work = outlets[number]?.work else { return true }
            return switch ending.reason {
            case .removal: false
            case .shutdown: isResting(work, until: ending.limit)
            case .renewal: hasLeftDevice(work, until: ending.limit)
            }
        }
    }

    /// Whether the command does nothing before the moment, so that the journal may keep it for the next start.
    private func isResting(_ work: OutletWork, until limit: Moment) -> Bool {
        switch work.step {
        case .delayed: true
        case .holding(let hold): hold.until > limit
        case .switching(let switching) where work.command.needsJournal: switching.notBefore > limit
        case .returning(let switching, _): switching.wantsToSend && (health.isOffline || switching.notBefore > limit)
        // The load's command lets it go when it is to rest.
        case .kept: false
        case .switching, .recording, .asking, .cyclingByDevice, .ending: false
        }
    }

    /// Whether the next thing that the command wants of the device may be asked of another one.
    private func hasLeftDevice(_ work: OutletWork, until limit: Moment) -> Bool {
        switch work.step {
        case .delayed, .recording, .kept, .asking: true
        case .cyclingByDevice(let sentAt): sentAt == nil
        case .holding(let hold): hold.until > limit
        case .switching(let switching): switching.wantsToSend && switching.sentAt == nil
        case .returning(let switching, _): switching.wantsToSend && health.isOffline
        case .ending: true
        }
    }

    /// Ends what an ending lane could not finish in time.
    ///
    /// - Returns: the outlets of a removed PDU that may not be as their commands would have left them.
    @discardableResult
    mutating func abandon(at now: Now) -> [OutletNumber] {
        var left: [OutletNumber] = []
        for number in active {
            guard let work = outlets[number]?.work else { continue }
            if case .ending = work.step { continue }
            if work.ticket.feed != nil {
                if ending?.reason == .removal { left.append(number) }
                abandonFeed(number, work, abandoned(work, number), at: now)
            } else if ending?.reason == .removal {
                left.append(number)
                end(number, abandoned(work, number), at: now)
            } else if !work.command.needsJournal {
                let outcome = Outcome(.unknown, code: .stopping, message: "the agent was stopped before the read-back")
                end(number, work.wasSent ? outcome : Self.stopping, at: now)
            }
        }
        settleActive()
        return left
    }

    private func abandoned(_ work: OutletWork, _ number: OutletNumber) -> Outcome {
        let place = "\(rules.pdu) was removed from the configuration before outlet \(number)"
        if case .returning(let switching, _) = work.step, switching.wantsToSend {
            let words = "\(place) could be switched \(switching.target) again; look at it"
            return .failed(.unknownPDU, words, state: outlets[number]?.state)
        }
        return .unknown(.deviceTimeout, "\(place) could be read back; look at it")
    }

    private func doubt(_ number: OutletNumber) -> Outcome {
        .unknown(.deviceTimeout, "the entry of \(rules.pdu) was changed before outlet \(number) was read back")
    }

    /// Decides what becomes of switches that the earlier driver could not read back in time.
    private mutating func settleDoubts(at now: Now) {
        for number in active {
            guard let work = outlets[number]?.work else { continue }
            switch work.step {
            case .switching where work.wasSent, .cyclingByDevice(sentAt: _?):
                giveUp(number, work, doubt(number), at: now)
            case .returning: _ = change(number) { $0.sendAgain(nil, notBefore: now.moment) }
            case .delayed, .recording, .kept, .asking, .switching, .cyclingByDevice, .holding, .ending: continue
            }
        }
        settleActive()
    }

    // MARK: - Another configuration

    /// Takes over changed rules; commands that wait or run go on.
    mutating func adopt(_ newRules: LaneRules, at now: Now) {
        let before = rules
        rules = newRules
        rules.traits = before.traits
        adoptOutlets(at: now)
        // A device is read out of turn only for an outlet that is new, and never before the time for its next try.
        let isNew = newRules.outlets.keys.contains { before.outlets[$0] == nil }
        let soon = isNew ? health.nextTry(at: now.moment) : now.moment + rules.pollInterval
        if isNew || !health.isOffline { nextPoll = min(nextPoll, soon) }
    }

    /// Goes on with another driver: what is known of the device has to be read anew.
    mutating func renew(_ newRules: LaneRules, at now: Now) {
        ending = nil
        settleDoubts(at: now)
        for (number, queue) in outlets {
            // A protection that counts time goes on when the outlet is found as it was.
            if let state = queue.state {
                let outlet = OutletID(pdu: rules.pdu, outlet: number)
                let since = queue.stateSince.map(now.date(of:))
                outlets[number]?.memory = OutletMemory(outlet: outlet, state: state.rawValue, since: since)
            }
            outlets[number]?.state = nil
            outlets[number]?.stateSince = nil
        }
        rules = newRules
        health = DeviceHealth()
        noteAnswer(at: now)
        knowsOutlets = false
        seenOutlets = []
        adoptOutlets(at: now)
        wantsRepublish = true
        nextPoll = now.moment
    }

    private mutating func adoptOutlets(at now: Now) {
        for number in rules.outlets.keys where outlets[number] == nil { outlets[number] = OutletQueue() }
        guard rules.hasFixedOutlets else { return }
        knowsOutlets = true
        for number in outlets.keys where rules.outlets[number] == nil { remove(number, at: now) }
    }

    /// Takes over what a driver has learned of its device since the start.
    mutating func learn(_ traits: DriverTraits) {
        rules.traits = traits
    }

    /// Forgets an outlet that the configuration or the device does not have any more.
    private mutating func remove(_ number: OutletNumber, at now: Now) {
        guard var queue = outlets[number] else { return }
        let gone = Outcome.rejected(.unknownOutlet, "\(rules.pdu)/\(number) was removed from the configuration")
        for ticket in queue.removeWaiting(where: { _ in true }) { finish(ticket, gone) }
        outlets[number] = queue
        if case .delayed = queue.work?.step { end(number, gone, at: now) }
        guard outlets[number]?.work == nil else { return }
        outlets[number] = nil
        active.removeAll { $0 == number }
    }

    // MARK: - What an earlier process left

    /// Goes on with what an earlier process began.
    mutating func recover(_ entry: JournalEntry, as ticket: Ticket, at now: Now) {
        let number = entry.outlet.outlet
        guard entry.stage != .accepted else {
            let message =
                "the agent died before it could see how this ended; whether \(entry.outlet) was switched is not known"
            return finish(ticket, .unknown(.agentDied, message))
        }
        guard !knowsOutlets || isKnown(number) else {
            return finish(ticket, unknownOutlet(number), isWork: true)
        }
        if outlets[number]?.work != nil {
            let words = "the agent died, and the journal holds a later command for \(entry.outlet)"
            end(number, .unknown(.agentDied, words), at: now)
        }
        let due = recoveredDue(entry, at: now)
        var work = OutletWork(tickets: [ticket], patience: Patience(limit: limit(of: ticket), spent: .zero))
        switch (entry.stage, ticket.command.action.plainState) {
        case (.delayed, _): work.wait(until: due)
        case (_, _) where ticket.command.hasWayBack:
            work.hold(OutletWork.Hold(until: due, isProven: entry.stage == .held, trouble: nil))
        case (_, let state?):
            // Whether the earlier process sent it is not known, so it counts as sent.
            work.want(state, at: now.moment)
            work.didSend(at: now.moment)
            work.sendAgain(nil, notBefore: now.moment)
        case (_, nil): break
        }
        outlets[number, default: OutletQueue()].work = work
        activate(number)
        guard entry.stage != .delayed else { return }
        countCycle(entry, at: now)
        if !ticket.command.hasWayBack, ticket.command.action.plainState == nil {
            end(number, .unknown(.agentDied, "the agent died while it toggled \(entry.outlet)"), at: now)
        }
    }

    /// Counts a cycle of an earlier process that died before it could have it remembered.
    private mutating func countCycle(_ entry: JournalEntry, at now: Now) {
        let number = entry.outlet.outlet
        guard entry.command.action == .cycle else { return }
        let begun = min(now.moment(of: entry.due) + holdTime(number, entry.command) * -1, now.moment)
        if let last = outlets[number]?.cycleStarts.last, begun < last + .milliseconds(100) { return }
        outlets[number]?.cycleStarts.append(begun)
        remember(number, at: now)
    }

    /// When the next step of recovered work is due. A wall clock that was set back does not make it wait longer than
    /// the command asked for, and a protection that counts time holds although nobody knows when the switch was done.
    private func recoveredDue(_ entry: JournalEntry, at now: Now) -> Moment {
        let number = entry.outlet.outlet
        let due = now.moment(of: entry.due)
        guard entry.stage != .delayed else { return min(due, now.moment + (entry.command.delay ?? .zero)) }
        let latest = min(due, now.moment + holdTime(number, entry.command))
        guard entry.stage == .acting, let held = entry.command.finalState?.opposite else { return latest }
        let rules = rules.outlet(number)
        let least = held == .on ? rules.minimumOnTime : rules.minimumOffTime
        return max(latest, now.moment + (least ?? .zero))
    }

    // MARK: - What protections know

    /// Takes over what an earlier process knew of an outlet.
    mutating func restore(_ memory: OutletMemory, at now: Now) {
        let number = memory.outlet.outlet
        guard outlets[number] != nil || !knowsOutlets else { return }
        outlets[number, default: OutletQueue()].memory = memory
        outlets[number]?.stateBeforeOutage = memory.beforeOutage.flatMap(PowerState.init(rawValue:))
        outlets[number]?.cycleStarts = memory.cycleStarts.map { min(now.moment(of: $0), now.moment) }.sorted()
    }

    /// Whether something about the outlet has to be known after a restart.
    func mustRemember(_ number: OutletNumber) -> Bool {
        let outletRules = rules.outlet(number)
        return outletRules.minimumOnTime != nil || outletRules.minimumOffTime != nil
            || outletRules.maximumCyclesPerHour != nil || outletRules.onReturn != .observe
    }

    /// Has the journal keep what the outlet's protections must know after a restart.
    mutating func remember(_ number: OutletNumber, at now: Now) {
        guard let queue = outlets[number], mustRemember(number) else { return }
        effects.append(
            .memory(
                OutletMemory(
                    outlet: OutletID(pdu: rules.pdu, outlet: number),
                    state: queue.state?.rawValue ?? queue.memory?.state,
                    since: queue.stateSince.map(now.date(of:)) ?? queue.memory?.since,
                    cycleStarts: queue.cycleStarts.map(now.date(of:)),
                    beforeOutage: queue.stateBeforeOutage?.rawValue
                )
            )
        )
    }

    /// Since when an outlet is in the state that it was just read in for the first time.
    func since(_ state: PowerState, _ memory: OutletMemory?, at now: Now) -> Moment {
        guard let memory, memory.state == state.rawValue, let since = memory.since else { return now.moment }
        return min(now.moment(of: since), now.moment)
    }
}

/// Why a lane begins nothing new, and how long what it has begun may take.
struct LaneEnding: Equatable {
    enum Reason {
        /// The agent is stopped; what is in the journal may stay there for its next start.
        case shutdown
        /// The PDU is not in the configuration any more: everything has to be answered now, and nothing left dark.
        case removal
        /// The device has to be spoken to in another way; commands wait and go on after that.
        case renewal
    }

    var reason: Reason
    var limit: Moment
}
