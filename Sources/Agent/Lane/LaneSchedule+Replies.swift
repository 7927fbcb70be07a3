import Foundation
import Power

/// What the device's answers mean.
extension LaneSchedule {
    /// The wait before a switch on the way back is tried again.
    private static let retryPause = Duration.seconds(1)
    /// How often a device that answers may refuse the way back before the command is given up as failed.
    private static let maximumRefusals = 20

    // MARK: - Switches

    /// The device accepted a switch, or the driver says why not.
    mutating func didSet(_ orders: [OutletNumber: PowerState], error: DriverError?, took: Duration, at now: Now) {
        if let error, error.code == .refused || error.code == .unsupported, orders.count > 1 {
            // Which of them the device minds cannot be told, so each is tried by itself.
            for number in orders.keys { outlets[number]?.running?.mustSwitchAlone = true }
            return
        }
        for (number, state) in orders.sorted(by: { $0.key < $1.key }) {
            outlets[number]?.running?.deviceTime += took
            if let error {
                didNotSwitch(number, state, error, at: now)
            } else {
                outlets[number]?.running?.acceptedAt = now.moment
                outlets[number]?.running?.doubt = nil
                verify(number, state, at: now)
            }
        }
        if let error, error.isSilence { failedContact(error, at: now) }
        settleActive()
    }

    /// The device accepted to cycle an outlet by itself, or the driver says why not.
    mutating func didCycle(_ number: OutletNumber, error: DriverError?, took: Duration, at now: Now) {
        guard let running = outlets[number]?.running else { return }
        outlets[number]?.running?.deviceTime += took
        if let error {
            let outcome = Outcome.of(error, wasSent: true)
            if error.leavesDoubt { holdDespite(outcome, number, at: now) } else { end(number, outcome) }
            if error.isSilence { failedContact(error, at: now) }
        } else {
            let due = now.moment + holdTime(number, running.command)
            hold(number, until: due, at: now)
            outlets[number]?.running?.acceptedAt = now.moment
            outlets[number]?.running?.isHoldProven = true
            note(number, stage: .held, due: now.date(of: due))
        }
        settleActive()
    }

    private mutating func verify(_ number: OutletNumber, _ state: PowerState, at now: Now) {
        outlets[number]?.running?.failedReads = 0
        outlets[number]?.running?.phase = .verifying(
            state,
            until: now.moment + rules.effectiveSettleWindow,
            nextRead: now.moment
        )
    }

    private mutating func didNotSwitch(
        _ number: OutletNumber,
        _ state: PowerState,
        _ error: DriverError,
        at now: Now
    ) {
        guard let running = outlets[number]?.running else { return }
        if error.leavesDoubt {
            outlets[number]?.running?.doubt = error
            return verify(number, state, at: now)
        }
        if running.isPersistent, error.isSilence || running.isOnWayBack {
            return trySwitchLater(number, state, error, at: now)
        }
        end(number, .of(error, wasSent: false))
    }

    /// Tries again: the command was promised to be finished.
    private mutating func trySwitchLater(
        _ number: OutletNumber,
        _ state: PowerState,
        _ error: DriverError?,
        at now: Now
    ) {
        guard let running = outlets[number]?.running else { return }
        let isRefusal = error.map { !$0.isSilence } ?? true
        if isRefusal { outlets[number]?.running?.failedSwitches += 1 }
        if running.failedSwitches >= Self.maximumRefusals {
            let message = error?.message ?? "the device still reads \(state.opposite)"
            return end(
                number,
                .failed(error == nil ? .mismatch : .deviceError, message, state: outlets[number]?.state)
            )
        }
        wish(state, number, at: now, notBefore: now.moment + Self.retryPause)
    }

    // MARK: - Readings

    /// The device was read.
    mutating func didRead(_ scope: ReadScope, _ reading: DeviceReading, took: Duration, at now: Now) {
        let wasOnline = health.condition == .online
        health.answered(at: now.moment)
        if !wasOnline {
            effects.append(.availability(health.condition))
        }
        if scope == .everything { learnOutlets(of: reading) }

        let isForced = wantsRepublish && scope == .everything
        for (number, answer) in reading.outlets.sorted(by: { $0.key < $1.key }) where isKnown(number) {
            take(answer, for: number, at: now)
        }
        if isForced {
            wantsRepublish = false
            effects.append(.republish)
        }
        if scope == .everything {
            effects.append(.measured(reading))
            nextPoll = now.moment + pollWait()
        }
        for number in active { judge(number, reading.outlets[number], in: scope, took: took, at: now) }
        settleActive()
    }

    /// The device could not be read.
    mutating func didFailToRead(_ scope: ReadScope, _ error: DriverError, took: Duration, at now: Now) {
        failedContact(error, at: now)
        for number in active {
            guard let running = outlets[number]?.running else { continue }
            switch running.phase {
            case .reading where !running.isPersistent:
                outlets[number]?.running?.deviceTime += took
                end(number, .of(error, wasSent: false))
            case .verifying(let state, let until, _):
                outlets[number]?.running?.deviceTime += took
                outlets[number]?.running?.failedReads += 1
                // The read-back gets a second chance, except after a switch that got no answer either.
                if running.doubt != nil || running.failedReads > 0 {
                    couldNotVerify(number, state, error, at: now)
                } else {
                    outlets[number]?.running?.phase = .verifying(
                        state,
                        until: until,
                        nextRead: now.moment + rules.traits.settleInterval
                    )
                }
            default: continue
            }
        }
        settleActive()
    }

    /// A session with the device could not be opened, so a turn was not taken at all.
    mutating func didNotReach(_ turn: Turn, _ error: DriverError, took: Duration, at now: Now) {
        switch turn {
        case .set(let orders):
            // What opening a session leaves open says nothing about a switch that was never sent.
            let untouched = DriverError(error.leavesDoubt ? .unreachable : error.code, error.message)
            didSet(orders, error: untouched, took: took, at: now)
            if !error.isSilence, !untouched.isSilence { failedContact(error, at: now) }
        case .cycle(let number):
            end(number, .of(DriverError(.unreachable, error.message), wasSent: false))
            failedContact(error, at: now)
            settleActive()
        case .read(let scope):
            didFailToRead(scope, error, took: took, at: now)
        case .wait:
            return
        }
    }

    private mutating func failedContact(_ error: DriverError, at now: Now) {
        guard error.code != .cancelled else { return }
        let before = health.condition
        nextPoll = health.failed(error, at: now.moment, random: random.unit())
        if active.contains(where: { outlets[$0]?.running?.isPersistent == true }) {
            nextPoll = min(nextPoll, now.moment + Self.retryPause * 2)
        }
        if health.isOffline, health.condition != before {
            if case .offline = before { return }
            effects.append(.availability(health.condition))
            for number in outlets.keys { noteOutage(number, at: now) }
        }
    }

    /// Keeps the state that an outlet was last read in, for when its device is back. A switch of which nobody can tell
    /// whether it was done makes an end of that: neither state is then what the outlet had.
    private mutating func noteOutage(_ number: OutletNumber, at now: Now) {
        guard let queue = outlets[number], rules.outlet(number).onReturn != .observe else { return }
        let isInDoubt = queue.doubtfulSince != nil || queue.running?.wasSent == true
        let state = queue.state ?? queue.memory?.state.flatMap(PowerState.init(rawValue:))
        outlets[number]?.stateBeforeOutage = isInDoubt ? nil : state
        remember(number, at: now)
    }

    private mutating func pollWait() -> Duration {
        rules.pollInterval * (1 + rules.pollJitter * (2 * random.unit() - 1))
    }

    private mutating func learnOutlets(of reading: DeviceReading) {
        guard !rules.hasFixedOutlets else { return }
        knowsOutlets = true
        for number in reading.outlets.keys where !seenOutlets.contains(number) {
            seenOutlets.insert(number)
            if outlets[number] == nil { outlets[number] = OutletQueue() }
        }
        for (number, queue) in outlets where queue.isIdle && !isKnown(number) {
            outlets[number] = nil
            // Another device than before may have fewer outlets.
            if queue.memory != nil { effects.append(.gone(number)) }
        }
    }

    private mutating func take(_ answer: OutletReading, for number: OutletNumber, at now: Now) {
        guard let queue = outlets[number] else { return }
        guard let state = answer.state else {
            if queue.oddity != answer {
                outlets[number]?.oddity = answer
                effects.append(.oddity(number, answer))
            }
            return
        }
        outlets[number]?.oddity = nil
        outlets[number]?.stateBeforeOutage = nil
        if let doubt = queue.doubtfulSince, doubt + rules.effectiveSettleWindow <= now.moment {
            outlets[number]?.doubtfulSince = nil
        }
        if queue.state != state {
            outlets[number]?.state = state
            let since = queue.state == nil ? since(state, queue.memory, at: now) : now.moment
            outlets[number]?.stateSince = since
            outlets[number]?.memory = nil
            effects.append(.state(number, state, previous: queue.state, isOwn: queue.running != nil))
            remember(number, at: now)
        } else if queue.stateBeforeOutage != nil {
            remember(number, at: now)
        }
        if let before = queue.stateBeforeOutage, queue.isIdle { answerReturn(number, state, before, at: now) }
    }

    /// Does what the configuration wants of an outlet whose device can be reached again.
    private mutating func answerReturn(_ number: OutletNumber, _ state: PowerState, _ before: PowerState, at now: Now) {
        let wanted: PowerState
        switch rules.outlet(number).onReturn {
        case .observe: return
        case .restore: wanted = before
        case .on: wanted = .on
        case .off: wanted = .off
        }
        guard wanted != state else { return }
        let reason = "on_return: the device came back with \(number) \(state)"
        var command = Command(wanted == .on ? .on : .off, by: "busbar", reason: reason, force: true)
        // An outlet that has to stay as it is for a while gets its wish right after that.
        if let until = refusalOfSwitch(wanted, number, at: now)?.until {
            command.delay = .seconds(max(0, until.timeIntervalSince(now.wallTime)) + 0.001)
        }
        effects.append(.wants(number, command))
    }

    /// Holds a reading against what a command waits for.
    private mutating func judge(
        _ number: OutletNumber,
        _ answer: OutletReading?,
        in scope: ReadScope,
        took: Duration,
        at now: Now
    ) {
        guard let running = outlets[number]?.running else { return }
        switch running.phase {
        case .reading:
            outlets[number]?.running?.deviceTime += took
            if let answer { return toggle(number, answer, at: now) }
            if case .states(let wanted) = scope, !wanted.contains(number) { return }
            end(number, .failed(.deviceError, "\(rules.pdu) did not answer for outlet \(number)"))
        case .verifying(let wanted, let until, _):
            outlets[number]?.running?.deviceTime += took
            if answer?.state == wanted { return stepDone(number, wanted, at: now) }
            guard now.moment >= until else {
                outlets[number]?.running?.phase = .verifying(
                    wanted,
                    until: until,
                    nextRead: now.moment + rules.traits.settleInterval
                )
                return
            }
            disagreed(number, wanted, answer, at: now)
        case .holding:
            if running.ticket.isRecovered, !running.isHoldProven, let held = running.command.finalState?.opposite,
                answer?.state == held
            {
                outlets[number]?.running?.isHoldProven = true
            }
        case .delayed, .journaling, .switching, .cyclingByDevice:
            return
        }
    }

    private mutating func toggle(_ number: OutletNumber, _ answer: OutletReading, at now: Now) {
        guard let state = answer.state else {
            let message = "\(rules.pdu)/\(number) cannot be toggled: the device says \(answer)"
            return end(number, .failed(.deviceError, message))
        }
        if let refusal = refusalOfSwitch(state.opposite, number, at: now) { return end(number, refusal) }
        wish(state.opposite, number, at: now)
    }

    private mutating func disagreed(
        _ number: OutletNumber,
        _ wanted: PowerState,
        _ answer: OutletReading?,
        at now: Now
    ) {
        guard let running = outlets[number]?.running else { return }
        let reads = answer.map { "\($0)" } ?? "nothing"
        let doubt = running.doubt.map { "; the switch itself got no answer: \($0.message)" } ?? ""
        let message =
            "\(rules.pdu)/\(number) was told to be \(wanted) and still reads \(reads) "
            + "after \(rules.effectiveSettleWindow.inSeconds) s\(doubt)"
        let outcome: Outcome
        if let state = answer?.state {
            outcome = .failed(.mismatch, message, state: state)
        } else {
            outcome = .unknown(.deviceTimeout, message)
        }
        if running.isOnWayBack {
            trySwitchLater(number, wanted, nil, at: now)
        } else if running.command.hasWayBack {
            holdDespite(outcome, number, at: now)
        } else {
            end(number, outcome)
        }
    }

    private mutating func couldNotVerify(
        _ number: OutletNumber,
        _ wanted: PowerState,
        _ error: DriverError,
        at now: Now
    ) {
        guard let running = outlets[number]?.running else { return }
        let message =
            running.doubt.map { "\(rules.pdu)/\(number): nobody can tell whether it switched \(wanted): \($0.message)" }
            ?? "\(rules.pdu)/\(number) accepted \(wanted), but could not be read back: \(error.message)"
        if running.isPersistent {
            trySwitchLater(number, wanted, error, at: now)
        } else if running.command.hasWayBack {
            holdDespite(.unknown(.deviceTimeout, message), number, at: now)
        } else {
            end(number, .unknown(.deviceTimeout, message))
        }
    }
}
