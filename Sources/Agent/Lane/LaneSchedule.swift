import Foundation
import Power

/// Decides what one PDU is asked next, and what its answers mean for the commands that wait: the whole of a lane but
/// its input and output.
///
/// It takes events (`submit`, `didSet`, `didRead`, …) and gives the next turn; what the world has to be told collects
/// in `takeEffects`. It never waits and never asks for the time, so every rule can be tested without a device.
struct LaneSchedule {
    var rules: LaneRules
    let circuits: CircuitLimiter
    var random: RandomSource
    var health = DeviceHealth()
    /// Since when the device has been silent, or refuses to be spoken to; nothing while it answers.
    var silentSince: Moment?
    var outlets: [OutletNumber: OutletQueue]
    /// The outlets with a command running or waiting, in the order in which they became busy.
    var active: [OutletNumber] = []
    var effects: [LaneEffect] = []
    /// Whether the outlets of the device are known. Until then a command for any outlet waits for the first reading.
    var knowsOutlets: Bool
    /// The outlets that the device has shown.
    var seenOutlets: Set<OutletNumber> = []
    var nextPoll: Moment
    /// Whether the device is read before anything is done to it: the agent has just come to own the PDU.
    var mustReadFirst = false
    var wantsRepublish = false
    /// Set when the lane is to end, or to get another driver: nothing new begins then.
    var ending: LaneEnding?
    /// The named commands that the journal was asked to note and has not yet, with the moment until which they wait.
    var unnoted: [UInt64: Moment] = [:]

    init(rules: LaneRules, circuits: CircuitLimiter, random: RandomSource = RandomSource(), firstPoll: Moment) {
        self.rules = rules
        self.circuits = circuits
        self.random = random
        knowsOutlets = rules.hasFixedOutlets
        outlets = rules.outlets.mapValues { _ in OutletQueue() }
        nextPoll = firstPoll
    }

    /// Gives away what the world has to be told, in order.
    mutating func takeEffects() -> [LaneEffect] {
        // An effect is large, so an idle lane keeps no room for any.
        defer { effects = [] }
        return effects
    }

    /// Changes the command that an outlet is busy with.
    mutating func change<Value>(_ number: OutletNumber, _ body: (inout OutletWork) -> Value) -> Value? {
        guard var work = outlets[number]?.work else { return nil }
        defer { outlets[number]?.work = work }
        return body(&work)
    }

    // MARK: - What comes in

    /// Takes a command to the end of its outlet's queue, or answers it at once.
    mutating func submit(_ ticket: Ticket, at now: Now) {
        let number = ticket.outlet.outlet
        if let refusal = refusalOnArrival(ticket) {
            // The ids of outlets that are not there are not remembered: anybody can make up any number of them.
            return finish(ticket, refusal, isNamed: mayExist(number))
        }
        if let overtaken = outlets[number, default: OutletQueue()].append(ticket, at: now.moment) {
            let message = "more than \(LaneRules.maximumWaiting) commands waited for \(ticket.outlet)"
            finish(overtaken, Outcome(.superseded, message: message))
        }
        activate(number)
        guard ticket.command.id != nil else { return }
        unnoted[ticket.number] = now.moment + Self.longestNoting
        effects.append(.journal(JournalEntry(ticket, stage: .accepted, due: now.wallTime, at: now), isAwaited: true))
    }

    /// Begins what waits for an outlet that does nothing, as the next turn would.
    mutating func begin(_ number: OutletNumber, at now: Now) {
        guard outlets[number]?.work == nil else { return }
        measureSilence(at: now.moment)
        advance(number, at: now)
        settleActive()
    }

    /// How long a plain command waits for a slow disk to note its id.
    static let longestNoting = Duration.milliseconds(100)

    /// Whether the outlet is there, as far as is known.
    func mayExist(_ number: OutletNumber) -> Bool { !knowsOutlets || isKnown(number) }

    func isKnown(_ number: OutletNumber) -> Bool {
        rules.outlets[number] != nil || !rules.hasFixedOutlets && seenOutlets.contains(number)
    }

    func unknownOutlet(_ number: OutletNumber) -> Outcome {
        .rejected(.unknownOutlet, "\(rules.pdu) has no outlet \(number)")
    }

    /// Has the device read now, and everything retained published again.
    mutating func refresh(at now: Now) {
        wantsRepublish = true
        nextPoll = min(nextPoll, health.nextTry(at: now.moment))
    }

    // MARK: - What is next

    /// The next turn. It has to be taken: a switch in it counts as sent. Ask again after it has been reported back.
    mutating func nextTurn(at now: Now) -> Turn {
        measureSilence(at: now.moment)
        expireWaiting(at: now)
        for number in active { advance(number, at: now) }
        settleActive()

        if nextPoll + rules.pollInterval <= now.moment, health.mayTry(at: now.moment) { return .read(.everything) }
        if mustReadFirst, !active.isEmpty, ending == nil { return .read(.everything) }
        if let turn = dueSwitch(at: now.moment) ?? dueReading(at: now.moment) { return turn }
        if nextPoll <= now.moment { return .read(.everything) }
        return .wait(until: nextMoment(at: now))
    }

    /// Whether a command that comes now goes before what is left of the poll under way. A poll that is a whole interval late
    /// is finished first, so that commands cannot keep the device from being read for ever.
    func letsPollGiveWay(at now: Moment) -> Bool {
        knowsOutlets && health.condition == .online && now < nextPoll + rules.pollInterval
    }

    private mutating func dueSwitch(at now: Moment) -> Turn? {
        guard !health.isOffline, health.mayTry(at: now) else { return nil }
        var due: [(arrival: UInt64, number: OutletNumber, isAlone: Bool)] = []
        for number in active {
            guard let work = outlets[number]?.work else { continue }
            switch work.step {
            case .cyclingByDevice(sentAt: nil): due.append((work.ticket.number, number, true))
            case .switching(let switching), .returning(let switching, _):
                guard switching.wantsToSend, switching.notBefore <= now else { continue }
                due.append((work.ticket.number, number, switching.mustBeAlone))
            case .delayed, .recording, .kept, .asking, .cyclingByDevice, .holding, .ending: continue
            }
        }
        due.sort { $0.arrival < $1.arrival }
        var orders: [OutletNumber: Turn.Order] = [:]
        for (ticket, number, isAlone) in due {
            if !orders.isEmpty, isAlone || !rules.traits.switchesTogether { continue }
            guard let switching = outlets[number]?.work?.switching else {
                _ = change(number) { $0.didSend(at: now) }
                return .cycle(number, ticket: ticket)
            }
            if switching.target == .on, let later = circuits.claim(rules.outlet(number).circuit, for: ticket, at: now) {
                // The circuit is in the way and not the device, so the command's limit does not count meanwhile.
                _ = change(number) { work in
                    work.switching?.notBefore = later
                    work.patience.pause(at: now)
                }
                continue
            }
            _ = change(number) { work in
                if work.isLimited { work.patience.run(at: now) }
                work.didSend(at: now)
            }
            orders[number] = Turn.Order(switching.target, ticket: ticket)
            if isAlone { break }
        }
        return orders.isEmpty ? nil : .set(orders)
    }

    /// What has to be read for a command: a switch to be read back, a state to be toggled, or a device that is offline
    /// and that somebody waits for, which is asked before anything is sent to it.
    private func dueReading(at now: Moment) -> Turn? {
        var wanted: Set<OutletNumber> = []
        var isDue = false
        for number in active {
            guard let work = outlets[number]?.work, work.waitsForDevice else { continue }
            if health.isOffline || work.isAsking {
                wanted.insert(number)
                isDue = isDue || health.nextTry(at: now) <= now
            } else if let nextRead = work.switching?.nextRead {
                wanted.insert(number)
                isDue = isDue || max(nextRead, health.credentialPause(at: now)) <= now
            }
        }
        guard isDue else { return nil }
        return .read(knowsOutlets ? .states(wanted) : .everything)
    }

    private func nextMoment(at now: Now) -> Moment {
        var next = nextPoll
        for number in active {
            guard let queue = outlets[number] else { continue }
            if let deadline = queue.earliestDeadline({ self.deadline(of: $0, at: now) }) { next = min(next, deadline) }
            if queue.isSilent, let left = queue.shortestPatience(at: now.moment, { self.limit(of: $0) }) {
                next = min(next, now.moment + left)
            }
            guard let work = queue.work else { continue }
            if work.waitsForDevice, health.isOffline || work.isAsking {
                next = min(next, health.nextTry(at: now.moment))
            } else if let moment = work.nextMoment, !(work.isDelayed && (ending != nil || mustBeReadFirst(number))) {
                next = min(next, max(moment, work.waitsForDevice ? health.credentialPause(at: now.moment) : moment))
            }
            if let end = work.limitEnd { next = min(next, end) }
            if work.isDelayed || work.isLimited, !work.wasSent {
                for ticket in work.tickets { next = min(next, deadline(of: ticket, at: now) ?? .never) }
            }
        }
        return next
    }

    /// Until when the turn may take: when the first of the commands that it serves has to be answered.
    ///
    /// What is not finished by then is cancelled, so that nothing is sent after a command's time.
    func limit(of turn: Turn, at now: Now) -> Moment {
        let served: [OutletNumber]
        switch turn {
        case .set(let orders): served = Array(orders.keys)
        case .cycle(let number, _): served = [number]
        case .read: served = active
        case .wait: return .never
        }
        return served.compactMap { outlets[$0]?.work?.limitEnd }.min() ?? .never
    }

    /// The moment after which a command must not start.
    func deadline(of ticket: Ticket, at now: Now) -> Moment? {
        let deadline = ticket.command.deadline.map(now.moment(of:))
        guard let expiry = ticket.expiresAt else { return deadline }
        return min(expiry, deadline ?? expiry)
    }

    func isLate(_ ticket: Ticket, at now: Now) -> Bool {
        deadline(of: ticket, at: now).map { $0 <= now.moment } ?? false
    }

    /// How long the agent tries before it gives up.
    func limit(of ticket: Ticket) -> Duration {
        ticket.command.limit ?? rules.outlet(ticket.outlet.outlet).limit ?? rules.limit
    }

    private mutating func expireWaiting(at now: Now) {
        for number in active {
            guard var queue = outlets[number], queue.waitingCount > 0 else { continue }
            let late = queue.removeWaiting { isLate($0.ticket, at: now) }
            var impatient: [Ticket] = []
            if queue.isSilent {
                let silence = queue.silence(at: now.moment)
                impatient = queue.removeWaiting { $0.spent(silence, at: now.moment) >= limit(of: $0.ticket) }
            }
            guard !late.isEmpty || !impatient.isEmpty else { continue }
            outlets[number] = queue
            for ticket in late { finish(ticket, Self.expired) }
            for ticket in impatient { finish(ticket, unreached(number, at: now)) }
        }
    }

    static let expired = Outcome(.expired, message: "the deadline passed before the command could start")

    private func isHeldUpByDevice(_ number: OutletNumber) -> Bool { outlets[number]?.work?.waitsForDevice ?? true }

    /// Measures the time in which the device keeps those waiting who are behind another command.
    private mutating func measureSilence(at now: Moment) {
        for number in active {
            if let silentSince, isHeldUpByDevice(number) {
                // What was before the command had its turn is not the device's silence.
                let begun = outlets[number]?.work.map { $0.startedAt ?? now } ?? silentSince
                outlets[number]?.measureSilence(since: max(silentSince, begun))
            } else {
                outlets[number]?.stopSilence(at: now)
            }
        }
    }

    // MARK: - How a command goes on

    /// Moves an outlet on as far as time alone allows.
    private mutating func advance(_ number: OutletNumber, at now: Now) {
        // Each round ends a command or moves it one step on; a queue holds a bounded number of them.
        while true {
            guard let work = outlets[number]?.work else {
                guard ending == nil, knowsOutlets, !mustBeReadFirst(number),
                    let waiting = outlets[number]?.popFirst()
                else { return hurryPoll(number, at: now.moment) }
                begin(number, waiting, at: now)
                continue
            }
            switch work.step {
            case .delayed(let until):
                guard dropLate(number, at: now) != nil else { continue }
                guard until <= now.moment, ending == nil else { return }
                guard !mustBeReadFirst(number) else { return hurryPoll(number, at: now.moment) }
                act(number, at: now)
            case .holding(let hold) where hold.until <= now.moment:
                comeBack(number, work, hold, at: now)
            case .recording(.note(let until)) where until <= now.moment:
                for ticket in work.tickets { unnoted[ticket.number] = nil }
                act(number, at: now)
            case .asking, .switching, .cyclingByDevice:
                guard endUnsent(number, work, at: now) || endImpatient(number, work, at: now) else { return }
            case .recording, .kept, .holding, .returning, .ending:
                return
            }
        }
    }

    /// Has the device read soon when a command cannot begin before that.
    private mutating func hurryPoll(_ number: OutletNumber, at now: Moment) {
        guard ending == nil, let queue = outlets[number], !queue.isIdle else { return }
        if !knowsOutlets || health.condition == .unknown { nextPoll = min(nextPoll, health.nextTry(at: now)) }
        if let since = queue.doubtfulSince, mustBeReadFirst(number) {
            let soon = max(since + rules.effectiveSettleWindow, health.lastTry + rules.traits.settleInterval)
            nextPoll = min(nextPoll, soon)
        }
    }

    /// Whether a protection that counts time needs to know the outlet's state before anything may be done to it.
    private func mustBeReadFirst(_ number: OutletNumber) -> Bool {
        let outletRules = rules.outlet(number)
        guard outletRules.minimumOnTime != nil || outletRules.minimumOffTime != nil else { return false }
        return health.condition == .unknown || outlets[number]?.doubtfulSince != nil && !health.isOffline
    }

    /// Starts a command: with its delay, or at once.
    private mutating func begin(_ number: OutletNumber, _ waiting: [OutletQueue.Waiting], at now: Now) {
        let tickets = waiting.map(\.ticket)
        guard outlets[number] != nil, !knowsOutlets || isKnown(number) else {
            for ticket in tickets { finish(ticket, unknownOutlet(number)) }
            return
        }
        let silence = outlets[number]?.silence(at: now.moment) ?? .zero
        let spent = waiting[0].spent(silence, at: now.moment)
        let due = tickets[0].command.delay.map { tickets[0].receivedAt + $0 }
        // A command that still has its own delay before it has not waited for the device.
        let patience = Patience(
            limit: limit(of: tickets[0]),
            spent: due.map { $0 > now.moment } ?? false ? .zero : spent
        )
        // Of equal commands that share a switch, each has its own time.
        var spares: [UInt64: Duration] = [:]
        for other in waiting.dropFirst() {
            let spare = spent - other.spent(silence, at: now.moment)
            if spare > .zero { spares[other.ticket.number] = spare }
        }
        outlets[number]?.work = OutletWork(tickets: tickets, patience: patience, spares: spares)
        if tickets[0].feed != nil {
            keepForLoad(number, at: now)
        } else if let due {
            _ = change(number) { $0.wait(until: due) }
            record(number, stage: .delayed, due: now.date(of: due), at: now)
        } else {
            act(number, at: now)
        }
    }

    /// Does a command's first step, unless something forbids it or has to be on the disk before.
    mutating func act(_ number: OutletNumber, isRecorded: Bool = false, at now: Now) {
        guard let work = dropLate(number, at: now) else { return }
        let command = work.command
        if !isRecorded, let refusal = refusalOnStart(number, work.ticket, at: now) {
            return end(number, refusal, at: now)
        }
        if command.needsJournal {
            guard isRecorded else {
                _ = change(number) { $0.record(.work) }
                let due = now.date(of: now.moment + holdTime(number, command))
                return record(number, stage: .acting, due: due, at: now)
            }
        } else if let until = work.tickets.compactMap({ unnoted[$0.number] }).max(), until > now.moment {
            _ = change(number) { $0.record(.note(until: until)) }
            return
        }
        switch command.action {
        case .on: _ = change(number) { $0.want(.on, at: now.moment) }
        case .off: _ = change(number) { $0.want(.off, at: now.moment) }
        case .toggle: _ = change(number) { $0.ask(at: now.moment) }
        case .cycle:
            noteCycle(number, at: now)
            let isByDevice = isCycledByDevice(number)
            _ = change(number) { isByDevice ? $0.wantDeviceCycle(at: now.moment) : $0.want(.off, at: now.moment) }
        }
    }

    /// Counts a cycle that begins now.
    mutating func noteCycle(_ number: OutletNumber, at now: Now) {
        outlets[number]?.cycleStarts.removeAll { $0 + .seconds(3600) <= now.moment }
        outlets[number]?.cycleStarts.append(now.moment)
        remember(number, at: now)
    }

    /// Answers those of the tickets whose deadline has passed.
    ///
    /// - Returns: what is left of the command.
    private mutating func dropLate(_ number: OutletNumber, at now: Now) -> OutletWork? {
        guard let work = outlets[number]?.work else { return nil }
        let late = work.tickets.filter { isLate($0, at: now) }
        let lateNumbers = Set(late.map(\.number))
        guard !late.isEmpty else { return work }
        guard late.count < work.tickets.count else {
            end(number, Self.expired, at: now)
            return nil
        }
        for ticket in late { finish(ticket, Self.expired) }
        _ = change(number) { $0.removeTickets { lateNumbers.contains($0.number) } }
        return outlets[number]?.work
    }

    /// Answers those that may not be sent any more: the switch waited for its circuit or its device, and meanwhile the
    /// deadline passed, or the outlet went into a state that it may not leave yet.
    ///
    /// - Returns: whether that ended the command.
    private mutating func endUnsent(_ number: OutletNumber, _ work: OutletWork, at now: Now) -> Bool {
        guard !work.wasSent else { return false }
        if let target = work.switching?.target, let refusal = refusalOfSwitch(target, number, at: now) {
            end(number, refusal, at: now)
            return true
        }
        return dropLate(number, at: now) == nil
    }

    /// Answers a command whose time is over, or whose device cannot be asked within it.
    ///
    /// - Returns: whether that ended the command, or its first half.
    private mutating func endImpatient(_ number: OutletNumber, _ work: OutletWork, at now: Now) -> Bool {
        guard let end = outlets[number]?.work?.limitEnd else { return false }
        guard end <= now.moment || !work.wasSent && health.credentialPause(at: now.moment) >= end else { return false }
        let outcome =
            work.wasSent
            ? .unknown(.deviceTimeout, unsettled(number, work))
            : work.unpermitted.map { .of($0.error, wasSent: false) } ?? unreached(number, at: now)
        if let over = change(number, { $0.outlast() }) ?? nil {
            for ticket in over {
                finish(ticket, outcome, startedAt: work.startedAt, deviceTime: work.deviceTime)
            }
        } else if work.wasSent {
            giveUp(number, work, outcome, at: now)
        } else {
            self.end(number, outcome, at: now)
        }
        return true
    }

    /// The outcome of a command that never left for its device within its time.
    private func unreached(_ number: OutletNumber, at now: Now) -> Outcome {
        let place = "\(rules.pdu)/\(number) was not switched"
        guard let error = health.lastError else {
            return .failed(.deviceError, "\(place): \(rules.pdu) was not free within the command's limit")
        }
        var reason = error.message
        if case .offline(let begun, _) = health.condition {
            reason = "\(rules.pdu) is offline since \(RFC3339.text(now.date(of: begun))): \(reason)"
        }
        return .failed(error.code == .authentication ? .auth : .deviceError, "\(place): \(reason)")
    }

    /// What is known of a switch that could not be read back within its command's time.
    private func unsettled(_ number: OutletNumber, _ work: OutletWork) -> String {
        let target = work.switching.map { " \($0.target)" } ?? ""
        let place = "\(rules.pdu)/\(number) was told to switch\(target)"
        switch work.switching?.progress {
        case .accepted, .expected:
            let reason = health.lastError.map { ": \($0.message)" } ?? ""
            return "\(place) and accepted it, but could not be read back within the command's limit\(reason)"
        case .doubtful(let error, _): return "\(place), and whether it did is not known: \(error.message)"
        case .lost(let error):
            let reason = error.map { ": \($0.message)" } ?? ""
            return "\(place) and did not answer; when it was read last it had not switched\(reason)"
        case .unsent, nil: return "\(place), and whether it did is not known"
        }
    }

    /// Ends a command whose first state could not be reached for sure. What has a way back goes on to it.
    mutating func giveUp(_ number: OutletNumber, _ work: OutletWork, _ outcome: Outcome, at now: Now) {
        guard work.command.hasWayBack, work.ticket.feed == nil else { return end(number, outcome, at: now) }
        let until = now.moment + holdTime(number, work.command)
        hold(number, OutletWork.Hold(until: until, isProven: false, trouble: outcome), at: now)
    }

    /// Decides what follows when the device was seen in the state that the step asked for.
    mutating func stepDone(_ number: OutletNumber, _ state: PowerState, at now: Now) {
        guard let work = outlets[number]?.work else { return }
        let command = work.command
        if work.ticket.feed != nil { return end(number, .done(state), at: now) }
        if case .returning(_, let hold) = work.step {
            var outcome = hold.trouble ?? .done(state)
            outcome.state = state
            return end(number, outcome, at: now)
        }
        guard command.hasWayBack else { return end(number, .done(state), at: now) }
        var since = now.moment
        if case .accepted(let at, _) = work.switching?.progress { since = at }
        let until = since + holdTime(number, command)
        hold(number, OutletWork.Hold(until: until, isProven: true, trouble: nil), at: now)
        note(number, stage: .held, due: now.date(of: until), at: now)
    }

    /// Has a command wait for its way back: until the moment, or less when its PDU is about to go.
    mutating func hold(_ number: OutletNumber, _ hold: OutletWork.Hold, at now: Now) {
        guard let work = outlets[number]?.work else { return }
        var hold = hold
        if let ending, ending.reason == .removal, hold.until > ending.limit, let state = work.command.finalState,
            work.command.action != .cycle || !isCycledByDevice(number)
        {
            let message =
                "\(rules.pdu) was removed from the configuration, so outlet \(number) went \(state) before its time"
            hold.trouble = hold.trouble ?? .failed(.unknownPDU, message)
            hold.until = now.moment
        }
        _ = change(number) { $0.hold(hold) }
    }

    /// How much longer than the configured off time a device may take for a cycle of its own.
    private static let deviceCycleAllowance = Duration.seconds(60)

    private mutating func comeBack(_ number: OutletNumber, _ work: OutletWork, _ hold: OutletWork.Hold, at now: Now) {
        guard let state = work.command.finalState else { return }
        if state == .off, rules.outlet(number).isOffForbidden {
            let message = "\(rules.pdu)/\(number) stays ON: since the command began it must never be switched off"
            return end(number, .failed(.protected, message, state: outlets[number]?.state), at: now)
        }
        var hold = hold
        if work.ticket.isRecovered, !hold.isProven, hold.trouble == nil {
            hold.trouble = .unknown(
                .agentDied,
                "the agent died while this ran; whether the outlet was switched before is not known, now it is \(state)"
            )
        }
        // A device that cycles by itself switches on when its own off time is over; it is told only if it does not.
        let isByDevice = work.command.action == .cycle && isCycledByDevice(number)
        let limit = isByDevice ? now.moment + rules.effectiveSettleWindow + Self.deviceCycleAllowance : nil
        _ = change(number) { $0.comeBack(to: state, hold, deviceLimit: limit, at: now.moment) }
    }

    /// How long a command stays in the state before the way back.
    func holdTime(_ number: OutletNumber, _ command: Command) -> Duration {
        let rules = rules.outlet(number)
        if let holdTime = command.holdTime {
            let least = command.action == .on ? rules.minimumOnTime : rules.minimumOffTime
            return max(holdTime, least ?? .zero)
        }
        guard command.action == .cycle else { return .zero }
        return max(command.offTime ?? rules.offTime, rules.minimumOffTime ?? .zero)
    }

    func isCycledByDevice(_ number: OutletNumber) -> Bool {
        rules.traits.cyclesByItself && rules.outlet(number).isCycledByDevice
    }

    // MARK: - How a command ends

    /// Answers a ticket.
    mutating func finish(
        _ ticket: Ticket,
        _ outcome: Outcome,
        startedAt: Moment? = nil,
        deviceTime: Duration = .zero,
        isWork: Bool = false,
        isNamed: Bool = true
    ) {
        unnoted[ticket.number] = nil
        circuits.release(ticket.number)
        guard ticket.feed == nil else { return effects.append(.feed(ticket, .refused(outcome))) }
        let keeping: LaneEffect.Ending.Keeping
        if isWork {
            keeping = .work
        } else if ticket.isInJournal || isNamed && ticket.command.id != nil {
            keeping = .answer
        } else {
            keeping = startedAt != nil && mustRemember(ticket.outlet.outlet) ? .memory : .nothing
        }
        effects.append(
            .finished(
                LaneEffect.Ending(
                    ticket: ticket,
                    outcome: outcome,
                    startedAt: startedAt,
                    deviceTime: deviceTime,
                    keeping: keeping
                )
            )
        )
    }

    /// Answers the command that runs on the outlet, with the equal ones that share its switch.
    mutating func end(_ number: OutletNumber, _ outcome: Outcome, at now: Now) {
        guard let work = outlets[number]?.work else { return }
        if case .ending = work.step { return }
        if outcome.status == .unknown { outlets[number]?.doubtfulSince = work.lastSentAt ?? now.moment }
        if work.ticket.feed != nil { return tellLoad(number, .settled(outcome, work.deviceTime), at: now) }
        let isWork = work.command.needsJournal
        if isWork { _ = change(number) { $0.end() } } else { outlets[number]?.work = nil }
        for ticket in work.tickets {
            finish(ticket, outcome, startedAt: work.startedAt, deviceTime: work.deviceTime, isWork: isWork)
        }
    }

    /// The journal has the end of the command on the disk, or will not have it: the outlet is free for the next one.
    mutating func didEnd(_ ticket: Ticket) {
        let number = ticket.outlet.outlet
        guard let work = outlets[number]?.work, work.ticket.number == ticket.number, case .ending = work.step else {
            return
        }
        outlets[number]?.work = nil
        settleActive()
    }

    mutating func activate(_ number: OutletNumber) {
        if !active.contains(number) { active.append(number) }
    }

    /// Drops the outlets that have nothing to do any more.
    mutating func settleActive() {
        guard active.contains(where: { outlets[$0]?.isIdle ?? true }) else { return }
        let idle = active.filter { outlets[$0]?.isIdle ?? true }
        active.removeAll { outlets[$0]?.isIdle ?? true }
        // An outlet that turned out not to be there leaves nothing behind.
        for number in idle {
            if knowsOutlets, !isKnown(number) { outlets[number] = nil } else { outlets[number]?.forgetSilence() }
        }
    }

    // MARK: - The journal

    /// Has the command written to the journal.
    mutating func record(_ number: OutletNumber, stage: JournalEntry.Stage, due: Date, at now: Now) {
        guard let work = outlets[number]?.work else { return }
        effects.append(.journal(JournalEntry(work.ticket, stage: stage, due: due, at: now), isAwaited: true))
    }

    /// Has the journal know how far the command has come; nothing waits for that.
    mutating func note(_ number: OutletNumber, stage: JournalEntry.Stage, due: Date, at now: Now) {
        guard let work = outlets[number]?.work, work.command.needsJournal else { return }
        effects.append(.journal(JournalEntry(work.ticket, stage: stage, due: due, at: now), isAwaited: false))
    }

    /// The journal has written an entry that was awaited, or could not.
    mutating func didJournal(
        _ entry: JournalEntry,
        failure: String?,
        refusal: Outcome.Code = .journalFailed,
        at now: Now
    ) {
        let number = entry.outlet.outlet
        let work = outlets[number]?.work
        switch (entry.stage, work?.step) {
        case (.accepted, let step):
            // Only a note: when it cannot be made, plain commands work all the same.
            guard unnoted.removeValue(forKey: entry.ticket) != nil, let work, case .recording(.note) = step,
                work.tickets.allSatisfy({ unnoted[$0.number] == nil })
            else { return }
            act(number, at: now)
        case (.acting, .recording(.work)), (.delayed, .delayed):
            guard let work, work.ticket.number == entry.ticket else { return }
            if let failure {
                end(number, .rejected(refusal, failure), at: now)
            } else if entry.stage == .acting {
                act(number, isRecorded: true, at: now)
            }
        // A delay that was over before its entry was written: the next entry decides.
        default: return
        }
        settleActive()
    }
}

/// The next thing a lane has to do.
enum Turn: Equatable {
    /// A state that an outlet is told to take.
    struct Order: Equatable {
        let state: PowerState
        /// The command that it is for. An answer that comes when another one runs means nothing to that one.
        let ticket: UInt64

        init(_ state: PowerState, ticket: UInt64) {
            self.state = state
            self.ticket = ticket
        }
    }

    /// Tell the device to switch.
    case set([OutletNumber: Order])
    /// Tell the device to cycle an outlet by itself, for the command.
    case cycle(OutletNumber, ticket: UInt64)
    /// Read the device.
    case read(ReadScope)
    /// Nothing until the moment, or until something comes in.
    case wait(until: Moment)

    /// Whether the turn needs the device.
    var isDeviceWork: Bool {
        if case .wait = self { false } else { true }
    }
}

/// What a lane has to tell the world, in this order.
enum LaneEffect {
    /// A command has ended.
    struct Ending {
        /// What has to be on the disk before anybody may be told.
        enum Keeping {
            /// Nothing: no restart can contradict the answer.
            case nothing
            /// What the next start must know of the outlet, or it might undo what was done.
            case memory
            /// The answer, because its `id` may come again.
            case answer
            /// The end of work that the next start would finish otherwise. The outlet waits for it too.
            case work

            /// Whether the answer itself is kept, so that the same `id` gets it again.
            var keepsAnswer: Bool {
                switch self {
                case .nothing, .memory: false
                case .answer, .work: true
                }
            }
        }

        let ticket: Ticket
        let outcome: Outcome
        /// When the command first acted; nothing when it never did.
        let startedAt: Moment?
        let deviceTime: Duration
        let keeping: Keeping
    }

    /// The device says that the outlet is in this state.
    case state(OutletNumber, PowerState, previous: PowerState?, isOwn: Bool)
    /// The device does not have the outlet any more.
    case gone(OutletNumber)
    /// The device answered something odd for the outlet.
    case oddity(OutletNumber, OutletReading)
    /// New measurements and warnings.
    case measured(DeviceReading)
    /// The device went online or offline.
    case availability(DeviceHealth.Condition)
    /// Everything retained of this PDU is wanted again.
    case republish
    /// The outlet came back from an outage in another state than the configuration wants.
    case wants(OutletNumber, Command)
    /// A command has ended.
    case finished(Ending)
    /// A load's command is to be told how one of its feeds does.
    case feed(Ticket, FeedReport)
    /// The journal is to have the entry; when awaited, the command goes on only after that.
    case journal(JournalEntry, isAwaited: Bool)
    /// Something about the outlet has changed that its protections must know after a restart.
    case memory(OutletMemory)
}
