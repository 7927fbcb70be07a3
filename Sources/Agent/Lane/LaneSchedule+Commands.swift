import Foundation
import Power

/// How a command goes from the queue through its steps.
extension LaneSchedule {
    /// Moves an outlet on as far as time alone allows.
    mutating func advance(_ number: OutletNumber, at now: Now) {
        // Each round ends a command or moves it one phase on; a queue holds a bounded number of them.
        while true {
            guard let running = outlets[number]?.running else {
                guard ending == nil, knowsOutlets || health.isOffline, !mustBeReadFirst(number),
                    let tickets = outlets[number]?.popFirst()
                else {
                    if outlets[number]?.waiting.isEmpty == false {
                        if !knowsOutlets { hurryPoll(at: now.moment) }
                        hurryPollInDoubt(number)
                    }
                    return
                }
                begin(number, tickets, at: now)
                continue
            }
            switch running.phase {
            case .delayed(let until) where until <= now.moment && ending == nil && !mustBeReadFirst(number):
                outlets[number]?.running?.isDelayOver = true
                act(number, at: now)
            case .holding(let until) where until <= now.moment:
                beginWayBack(number, at: now)
            case .journaling(let until) where until <= now.moment:
                for ticket in running.tickets { unnoted[ticket.number] = nil }
                act(number, at: now)
            case .switching where !running.wasSent && !running.isOnWayBack:
                guard endUnsent(number, running, at: now) else { return }
            default:
                return
            }
        }
    }

    /// Whether a protection that counts time needs to know the outlet's state before anything may be done to it.
    private func mustBeReadFirst(_ number: OutletNumber) -> Bool {
        let outletRules = rules.outlet(number)
        guard outletRules.minimumOnTime != nil || outletRules.minimumOffTime != nil else { return false }
        return health.condition == .unknown || outlets[number]?.doubtfulSince != nil && !health.isOffline
    }

    /// Answers those that may not be sent any more: the switch waited for its circuit or its device, and meanwhile the
    /// deadline passed, or the outlet went into a state that it may not leave yet.
    ///
    /// - Returns: whether that ended the command.
    private mutating func endUnsent(_ number: OutletNumber, _ running: RunningCommand, at now: Now) -> Bool {
        if case .switching(let state, _) = running.phase, let refusal = refusalOfSwitch(state, number, at: now) {
            end(number, refusal)
            return true
        }
        func isLate(_ ticket: Ticket) -> Bool { ticket.command.deadline.map { $0 <= now.wallTime } ?? false }
        guard running.tickets.contains(where: isLate) else { return false }
        let rest = running.tickets.filter { !isLate($0) }
        if rest.isEmpty {
            end(number, Self.expired)
            return true
        }
        for ticket in running.tickets where isLate(ticket) { finish(ticket, Self.expired) }
        outlets[number]?.running?.tickets = rest
        return false
    }

    /// Starts a command: with its delay, or at once.
    private mutating func begin(_ number: OutletNumber, _ tickets: [Ticket], at now: Now) {
        guard outlets[number] != nil, !knowsOutlets || isKnown(number) else {
            for ticket in tickets { finish(ticket, unknownOutlet(number)) }
            return
        }
        var running = RunningCommand(tickets: tickets, phase: .reading)
        running.isDelayOver = running.command.delay == nil
        outlets[number]?.running = running
        if let delay = running.command.delay {
            let until = running.ticket.receivedAt + delay
            outlets[number]?.running?.phase = .delayed(until: until)
            journal(number, stage: .delayed, due: now.date(of: until))
        } else {
            act(number, at: now)
        }
    }

    /// Does a command's first step, unless something forbids it.
    mutating func act(_ number: OutletNumber, at now: Now) {
        guard let running = outlets[number]?.running else { return }
        let command = running.command
        if let deadline = command.deadline, deadline <= now.wallTime {
            return end(number, Self.expired)
        }
        if case .offline(let since, let reason) = health.condition, !running.isPersistent {
            hurryPoll(at: now.moment)
            let message = "\(rules.pdu) is offline since \(RFC3339.text(now.date(of: since))): \(reason.message)"
            return end(number, .failed(reason.code == .authentication ? .auth : .deviceError, message))
        }
        if let refusal = refusalOnStart(number, running, at: now) {
            return end(number, refusal)
        }
        if !command.needsJournal, let until = running.tickets.compactMap({ unnoted[$0.number] }).max(),
            until > now.moment
        {
            outlets[number]?.running?.phase = .journaling(until: until)
            return
        }
        if command.needsJournal, !running.isActingJournaled {
            outlets[number]?.running?.isActingJournaled = true
            journal(number, stage: .acting, due: now.date(of: now.moment + holdTime(number, command)))
            return
        }
        outlets[number]?.running?.startedAt = running.startedAt ?? now.moment
        switch command.action {
        case .on: wish(.on, number, at: now)
        case .off: wish(.off, number, at: now)
        case .toggle: outlets[number]?.running?.phase = .reading
        case .cycle:
            outlets[number]?.cycleStarts.removeAll { $0 + .seconds(3600) <= now.moment }
            outlets[number]?.cycleStarts.append(now.moment)
            remember(number, at: now)
            if isCycledByDevice(number) {
                outlets[number]?.running?.phase = .cyclingByDevice
            } else {
                wish(.off, number, at: now)
            }
        }
    }

    /// Has the outlet switched, as soon as its circuit allows it.
    mutating func wish(_ state: PowerState, _ number: OutletNumber, at now: Now, notBefore: Moment = .start) {
        let earliest = max(now.moment, notBefore)
        let place = state == .on ? circuits.reserve(rules.outlet(number).circuit, at: earliest) : earliest
        outlets[number]?.running?.phase = .switching(state, notBefore: place)
    }

    /// Decides what follows when the device was seen to be in the state that the step asked for.
    mutating func stepDone(_ number: OutletNumber, _ state: PowerState, at now: Now) {
        guard let running = outlets[number]?.running else { return }
        let command = running.command
        guard !running.isOnWayBack, command.hasWayBack else {
            var outcome = running.trouble ?? .done(state)
            outcome.state = state
            return end(number, outcome)
        }
        let since = running.acceptedAt ?? now.moment
        let until = since + holdTime(number, command)
        hold(number, until: until, at: now)
        outlets[number]?.running?.isHoldProven = true
        note(number, stage: .held, due: now.date(of: until))
    }

    /// Goes on with the way back although the first step did not go well: the outlet may be in the wrong state.
    mutating func holdDespite(_ trouble: Outcome, _ number: OutletNumber, at now: Now) {
        guard let running = outlets[number]?.running else { return }
        let until = now.moment + holdTime(number, running.command)
        outlets[number]?.running?.trouble = trouble
        hold(number, until: until, at: now)
    }

    private mutating func beginWayBack(_ number: OutletNumber, at now: Now) {
        guard let running = outlets[number]?.running, let state = running.command.finalState else { return }
        outlets[number]?.running?.isOnWayBack = true
        if state == .off, rules.outlet(number).isOffForbidden {
            let message = "\(rules.pdu)/\(number) stays ON: since the command began it must never be switched off"
            return end(number, .failed(.protected, message, state: outlets[number]?.state))
        }
        if running.ticket.isRecovered, !running.isHoldProven, running.trouble == nil {
            outlets[number]?.running?.trouble = .unknown(
                .agentDied,
                "the agent died while this ran; whether the outlet was switched before is not known, now it is \(state)"
            )
        }
        if command(of: running, isCycledByDeviceOn: number) {
            // The device switches on by itself when its own off time is over; it is told only if it does not.
            let until = now.moment + rules.effectiveSettleWindow + Self.deviceCycleAllowance
            outlets[number]?.running?.phase = .verifying(state, until: until, nextRead: now.moment)
        } else {
            wish(state, number, at: now)
        }
    }

    /// How much longer than the configured off time a device may take for a cycle of its own.
    private static let deviceCycleAllowance = Duration.seconds(60)

    private func command(of running: RunningCommand, isCycledByDeviceOn number: OutletNumber) -> Bool {
        running.command.action == .cycle && isCycledByDevice(number)
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

    func isKnown(_ number: OutletNumber) -> Bool {
        rules.outlets[number] != nil || !rules.hasFixedOutlets && seenOutlets.contains(number)
    }

    func unknownOutlet(_ number: OutletNumber) -> Outcome {
        .rejected(.unknownOutlet, "\(rules.pdu) has no outlet \(number)")
    }

    /// Has the device read as soon as its answer tells whether a doubtful switch was done.
    private mutating func hurryPollInDoubt(_ number: OutletNumber) {
        guard let since = outlets[number]?.doubtfulSince, mustBeReadFirst(number) else { return }
        nextPoll = min(nextPoll, max(since + rules.effectiveSettleWindow, health.lastTry + rules.traits.settleInterval))
    }

    /// Has the device tried again soon, because somebody waits for it.
    mutating func hurryPoll(at now: Moment) {
        nextPoll = min(nextPoll, health.eagerTry(at: now))
    }
}

extension Command {
    /// Whether the command comes back to another state after a while.
    var hasWayBack: Bool { action == .cycle || holdTime != nil }

    /// The state in which a command with a way back leaves the outlet.
    var finalState: PowerState? {
        action == .cycle ? .on : holdTime == nil ? nil : action.plainState?.opposite
    }
}

extension RunningCommand {
    /// Whether the command waits for a device that is away instead of failing: it was promised that it is finished.
    var isPersistent: Bool { isOnWayBack || command.delay != nil || ticket.isRecovered }
}
