import Foundation
import Power

/// What the device's answers mean.
extension LaneSchedule {
    /// The wait before a switch that the device refused on a way back is tried again, or one that could not leave.
    private static let retryPause = Duration.seconds(1)
    /// For how long a switch is tried again that nobody can permit: a fleet's etcd that is busy, or has a slow disk, is back
    /// within seconds.
    private static let permitTime = Duration.seconds(10)
    /// How often a device that answers may refuse the way back before the command is given up as failed.
    private static let maximumRefusals = 20

    /// The command that a reply belongs to; nothing when it has ended, and perhaps another one runs.
    private func work(_ number: OutletNumber, for ticket: UInt64) -> OutletWork? {
        guard let work = outlets[number]?.work, work.ticket.number == ticket else { return nil }
        return work
    }

    // MARK: - Switches

    /// The device accepted a switch, or the driver says why not.
    mutating func didSet(_ orders: [OutletNumber: Turn.Order], error: DriverError?, took: Duration, at now: Now) {
        if let error { noteFailure(error, took: took, at: now) } else { noteAnswer(at: now) }
        let isRefused = error?.code == .refused || error?.code == .unsupported
        for (number, order) in orders.sorted(by: { $0.key < $1.key }) {
            guard let work = work(number, for: order.ticket), work.switching?.target == order.state else { continue }
            if isRefused, orders.count > 1 {
                // Which of them the device minds cannot be told, so each is tried by itself.
                _ = change(number) { work in
                    work.switching?.mustBeAlone = true
                    work.didNotSend(tryAt: now.moment)
                }
                continue
            }
            _ = change(number) { $0.didTry(error, took: took, at: now.moment) }
            if let error {
                didNotSwitch(number, work, error, at: now)
            } else {
                _ = change(number) { $0.accepted(at: now.moment) }
            }
        }
        settleActive()
    }

    private mutating func didNotSwitch(_ number: OutletNumber, _ work: OutletWork, _ error: DriverError, at now: Now) {
        if error.leavesDoubt {
            _ = change(number) { $0.doubted(error, at: now.moment) }
            return
        }
        switch error.code {
        case .refused where work.isOnWayBack, .unsupported where work.isOnWayBack: insist(number, error, at: now)
        case .authentication where work.isOnWayBack:
            _ = change(number) { $0.didNotSend(tryAt: now.moment + Self.retryPause) }
        case .noQuorum where work.isOnWayBack || mayBePermitted(number, at: now), .notPermitted:
            _ = change(number) { $0.didNotSend(tryAt: now.moment + Self.retryPause) }
        case .refused, .unsupported, .authentication, .noQuorum:
            // A request before this one may have been done late.
            if case .lost = work.switching?.progress {
                return giveUp(number, work, .of(error, wasSent: error.code == .noQuorum), at: now)
            }
            let outcome = Outcome.of(error, wasSent: false)
            end(number, outcome, at: now)
        case .unreachable, .busy, .timeout, .interrupted, .badReply, .cancelled:
            _ = change(number) { $0.didNotSend(tryAt: now.moment + Self.retryPause) }
        }
    }

    /// Whether a switch that nobody could permit is tried once more.
    private func mayBePermitted(_ number: OutletNumber, at now: Now) -> Bool {
        guard let since = outlets[number]?.work?.unpermitted?.since else { return true }
        return now.moment + Self.retryPause < since + Self.permitTime
    }

    /// Tries a way back again that a device refused which answers: the command was promised to be finished.
    private mutating func insist(_ number: OutletNumber, _ error: DriverError?, at now: Now) {
        guard let switching = outlets[number]?.work?.switching else { return }
        guard switching.refusals + 1 < Self.maximumRefusals else {
            let message = error?.message ?? "the device still reads \(switching.target.opposite)"
            let outcome = Outcome.failed(
                error == nil ? .mismatch : .deviceError,
                message,
                state: outlets[number]?.state
            )
            return end(number, outcome, at: now)
        }
        _ = change(number) { work in
            work.switching?.refusals += 1
            work.sendAgain(error, notBefore: now.moment + Self.retryPause)
        }
    }

    /// The device accepted to cycle an outlet by itself, or the driver says why not.
    mutating func didCycle(_ number: OutletNumber, for ticket: UInt64, error: DriverError?, took: Duration, at now: Now)
    {
        if let error { noteFailure(error, took: took, at: now) } else { noteAnswer(at: now) }
        guard let work = work(number, for: ticket), case .cyclingByDevice = work.step else { return settleActive() }
        _ = change(number) { $0.didTry(error, took: took, at: now.moment) }
        switch error {
        case nil:
            let due = now.moment + holdTime(number, work.command)
            hold(number, OutletWork.Hold(until: due, isProven: true, trouble: nil), at: now)
            note(number, stage: .held, due: now.date(of: due), at: now)
        case let error? where error.leavesDoubt:
            // It is not sent again: twice is not the same as once.
            giveUp(number, work, .of(error, wasSent: true), at: now)
        case let error?
        where error.code == .unreachable || error.code == .busy || error.code == .notPermitted
            || error.code == .noQuorum && mayBePermitted(number, at: now):
            _ = change(number) { $0.didNotSend(tryAt: now.moment + Self.retryPause) }
        case let error?:
            end(number, .of(error, wasSent: false), at: now)
        }
        settleActive()
    }

    /// A session with the device could not be opened, so a turn was not taken at all.
    mutating func didNotReach(_ turn: Turn, _ error: DriverError, took: Duration, at now: Now) {
        // What opening a session leaves open says nothing about a switch that was never sent.
        let untouched = DriverError(error.leavesDoubt ? .unreachable : error.code, error.message)
        switch turn {
        case .set(let orders): didSet(orders, error: untouched, took: took, at: now)
        case .cycle(let number, let ticket): didCycle(number, for: ticket, error: untouched, took: took, at: now)
        case .read(let scope): didFailToRead(scope, error, took: took, at: now)
        case .wait: return
        }
    }

    // MARK: - Readings

    /// The device was read.
    mutating func didRead(_ scope: ReadScope, _ reading: DeviceReading, took: Duration, at now: Now) {
        let wasOnline = health.condition == .online
        noteAnswer(at: now)
        health.answered(at: now.moment)
        if !wasOnline {
            effects.append(.availability(health.condition))
            // Somebody waited for the device, and only a part of it was read.
            if scope != .everything { nextPoll = now.moment }
        }
        if scope == .everything {
            mustReadFirst = false
            learnOutlets(of: reading)
        }

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
            planPoll(begunAt: now.moment - took, at: now.moment)
        }
        for number in active { judge(number, reading.outlets[number], in: scope, took: took, at: now) }
        settleActive()
    }

    /// Plans the poll after one that has just ended: an interval after that began, or earlier by chance and never later, so
    /// that a change behind the agent's back shows within the interval. A device that takes long is left alone for half of
    /// it all the same.
    private mutating func planPoll(begunAt begun: Moment, at now: Moment) {
        let due = begun + rules.pollInterval * (1 - rules.pollJitter * random.unit())
        nextPoll = max(due, now + rules.pollInterval / 2)
    }

    /// The device could not be read.
    mutating func didFailToRead(_ scope: ReadScope, _ error: DriverError, took: Duration, at now: Now) {
        noteFailure(error, took: took, at: now)
        // It is offline from now on, and is asked again in its time before anything is done to it.
        mustReadFirst = false
        for number in active {
            guard let work = outlets[number]?.work else { continue }
            if work.isAsking {
                _ = change(number) { $0.deviceTime += took }
                if error.code == .refused || error.code == .unsupported {
                    end(number, .of(error, wasSent: false), at: now)
                }
            } else if work.switching?.nextRead != nil {
                // One attempt a second is for a device that is offline; one that only lost a datagram is read again at once.
                let next =
                    health.isOffline ? health.nextTry(at: now.moment) : now.moment + rules.traits.settleInterval
                _ = change(number) { work in
                    work.deviceTime += took
                    work.readAgain(notBefore: next)
                }
            }
        }
        settleActive()
    }

    /// Holds a reading against what a command waits for.
    private mutating func judge(
        _ number: OutletNumber,
        _ answer: OutletReading?,
        in scope: ReadScope,
        took: Duration,
        at now: Now
    ) {
        guard let work = outlets[number]?.work else { return }
        if case .states(let wanted) = scope, answer == nil, !wanted.contains(number) { return }
        switch work.step {
        case .asking:
            _ = change(number) { $0.deviceTime += took }
            if let answer { return toggle(number, answer, at: now) }
            end(number, .failed(.deviceError, "\(rules.pdu) did not answer for outlet \(number)"), at: now)
        case .switching(let switching), .returning(let switching, _):
            if switching.nextRead != nil { _ = change(number) { $0.deviceTime += took } }
            judge(number, work, switching, answer, askedAt: now.moment - took, at: now)
        case .holding(var hold):
            guard work.ticket.isRecovered, !hold.isProven, let held = work.command.finalState?.opposite,
                answer?.state == held
            else { return }
            hold.isProven = true
            _ = change(number) { $0.hold(hold) }
        case .delayed, .recording, .kept, .cyclingByDevice, .ending: return
        }
    }

    /// - Parameter askedAt: when the device was asked at the earliest. An answer may have waited in this process for longer
    ///   than the settle window, and then tells nothing of the outlet after that window.
    private mutating func judge(
        _ number: OutletNumber,
        _ work: OutletWork,
        _ switching: OutletWork.Switching,
        _ answer: OutletReading?,
        askedAt: Moment,
        at now: Now
    ) {
        let isAsWanted = answer?.state == switching.target
        let next = now.moment + rules.traits.settleInterval
        switch switching.progress {
        case .unsent: return
        case .accepted, .doubtful, .lost, .expected:
            if isAsWanted { return stepDone(number, switching.target, at: now) }
        }
        switch switching.progress {
        case .unsent, .lost: return
        case .accepted(let at, _):
            guard askedAt >= at + rules.effectiveSettleWindow else {
                _ = change(number) { $0.readAgain(notBefore: next) }
                return
            }
            disagreed(number, work, switching, answer, at: now)
        case .expected(let until, _):
            _ = change(number) {
                askedAt < until ? $0.readAgain(notBefore: next) : $0.sendAgain(nil, notBefore: now.moment)
            }
        case .doubtful(let error, _) where error.code == .badReply:
            // The device answered, so nothing was lost; what it meant is told by what it reads in the end.
            guard let sentAt = switching.sentAt, askedAt >= sentAt + rules.effectiveSettleWindow else {
                _ = change(number) { $0.readAgain(notBefore: next) }
                return
            }
            disagreed(number, work, switching, answer, at: now)
        case .doubtful(let error, _):
            // The device still has the other state: the request or its answer was lost, and is sent again.
            let isOpposite = answer?.state == switching.target.opposite
            _ = change(number) { isOpposite ? $0.sendAgain(error, notBefore: next) : $0.readAgain(notBefore: next) }
        }
    }

    private mutating func toggle(_ number: OutletNumber, _ answer: OutletReading, at now: Now) {
        guard let state = answer.state else {
            let message = "\(rules.pdu)/\(number) cannot be toggled: the device says \(answer)"
            return end(number, .failed(.deviceError, message), at: now)
        }
        if outlets[number]?.work?.ticket.feed != nil { return tellLoad(number, .reads(state), at: now) }
        if let refusal = refusalOfSwitch(state.opposite, number, at: now) { return end(number, refusal, at: now) }
        _ = change(number) { $0.want(state.opposite, at: now.moment) }
    }

    private mutating func disagreed(
        _ number: OutletNumber,
        _ work: OutletWork,
        _ switching: OutletWork.Switching,
        _ answer: OutletReading?,
        at now: Now
    ) {
        if work.isOnWayBack { return insist(number, nil, at: now) }
        let reads = answer.map { "\($0)" } ?? "nothing"
        let message =
            "\(rules.pdu)/\(number) was told to be \(switching.target) and still reads \(reads) "
            + "after \(rules.effectiveSettleWindow.inSeconds) s"
        let outcome =
            answer?.state.map { Outcome.failed(.mismatch, message, state: $0) } ?? .unknown(.deviceTimeout, message)
        giveUp(number, work, outcome, at: now)
    }

    // MARK: - Whether the device answers

    mutating func noteAnswer(at now: Now) {
        silentSince = nil
        for number in active { outlets[number]?.stopSilence(at: now.moment) }
    }

    private mutating func noteFailure(_ error: DriverError, took: Duration, at now: Now) {
        switch error.code {
        case .refused, .unsupported: return noteAnswer(at: now)
        // That nobody may write to a device says nothing about it.
        case .notPermitted, .noQuorum: return
        case .badReply, .interrupted: break
        case .timeout, .unreachable, .busy, .authentication, .cancelled:
            // Silence that was only noticed now began when the device was asked.
            silentSince = silentSince ?? Moment(nanoseconds: now.moment.nanoseconds - took.wholeNanoseconds)
        }
        guard error.code != .cancelled else { return }
        let before = health.condition
        nextPoll = health.failed(error, took: took, at: now.moment, random: random.unit())
        guard health.isOffline, health.condition != before else { return }
        if case .offline = before { return }
        effects.append(.availability(health.condition))
        for number in outlets.keys { noteOutage(number, at: now) }
    }

    /// Keeps the state that an outlet was last read in, for when its device is back. A switch of which nobody can tell
    /// whether it was done makes an end of that: neither state is then what the outlet had.
    private mutating func noteOutage(_ number: OutletNumber, at now: Now) {
        guard let queue = outlets[number], rules.outlet(number).onReturn != .observe else { return }
        let isInDoubt = queue.doubtfulSince != nil || queue.work?.wasSent == true
        let state = queue.state ?? queue.memory?.state.flatMap(PowerState.init(rawValue:))
        outlets[number]?.stateBeforeOutage = isInDoubt ? nil : state
        remember(number, at: now)
    }

    // MARK: - What a reading says

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
        // Most polls bring no news.
        if queue.state == state, queue.oddity == nil, queue.stateBeforeOutage == nil, queue.doubtfulSince == nil {
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
            // Only what the device was told by this agent is its own: a button may be pressed while a command waits.
            let isOwn = queue.work?.orderedState == state
            effects.append(.state(number, state, previous: queue.state, isOwn: isOwn))
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
}
