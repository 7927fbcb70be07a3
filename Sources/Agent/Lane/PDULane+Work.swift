import Logging
import Power

/// What the lane does with its device.
extension PDULane {
    /// Works until it is stopped and drained, or cancelled. The agent calls it once, in a task of its own.
    public func run() async {
        steps: while true {
            switch nextStep() {
            case .takeOver(let renewal): await takeOver(renewal)
            case .work(let turn): await apart(turn)
            case .wait: await signal.wait()
            case .end: break steps
            }
        }
        answerTheRest()
        await driver.shutDown()
        hasEnded = true
        for waiter in end + renewed { waiter.resume() }
        end = []
        renewed = []
    }

    private enum Step {
        /// Go on with another driver.
        case takeOver(LaneBlueprint)
        /// Take the turn, and those that follow from it.
        case work(Turn)
        /// Wait for the signal.
        case wait
        /// Nothing more is to be done.
        case end
    }

    /// Not a part of `run`, whose memory is held for as long as the lane is there.
    @inline(never)
    private func nextStep() -> Step {
        guard !Task.isCancelled else { return .end }
        if let renewal, mustTakeOver { return .takeOver(renewal) }
        let turn = schedule.nextTurn(at: Now(timekeeper))
        flush()
        if schedule.endsForGood, schedule.isDrained { return .end }
        guard case .wait(let until) = turn else { return .work(turn) }
        let limit = schedule.ending?.limit ?? .never
        guard timekeeper.now < limit || renewal != nil else { return .end }
        timekeeper.wake(signal, at: min(until, limit))
        return .wait
    }

    /// Works in a task of its own: a task keeps the memory of its deepest call until it ends, and so a lane that waits
    /// holds one kilobyte and not 15.
    @inline(never)
    private func apart(_ turn: Turn) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.work(turn) }
        }
    }

    /// Answers what is left, once the lane does nothing more.
    @inline(never)
    private func answerTheRest() {
        if !schedule.endsForGood { schedule.stop(until: timekeeper.now) }
        let left = schedule.abandon()
        flush()
        if !left.isEmpty {
            logger.error(
                "removed from the configuration before its outlets were as they should be; look at them",
                metadata: ["outlets": "\(left.map(\.description).joined(separator: ", "))"]
            )
        }
        releaseWaiting()
        timekeeper.forget(signal)
        noteContact()
    }

    /// Opens the device's session and takes turns as long as there are any for now.
    func work(_ first: Turn) async {
        var untaken: Turn? = first
        let begun = timekeeper.now
        do throws(DriverError) {
            try await driver.withSession { session async throws(DriverError) in
                var turn = first
                for _ in 0..<Self.turnsPerSession {
                    untaken = nil
                    await self.take(turn, with: session)
                    if self.mustTakeOver { return }
                    turn = self.schedule.nextTurn(at: Now(self.timekeeper))
                    self.flush()
                    guard turn.isDeviceWork, !Task.isCancelled else { return }
                }
            }
        } catch {
            guard let untaken else {
                return logger.warning("the session did not end well", metadata: ["error": "\(error)"])
            }
            let now = Now(timekeeper)
            statistics.count(error)
            schedule.didNotReach(untaken, error, took: now.moment - begun, at: now)
            flush()
        }
        noteContact()
    }

    func take(_ turn: Turn, with session: any PDUSession) async {
        let begun = timekeeper.now
        switch turn {
        case .set(let orders):
            let error = await failure { () async throws(DriverError) in try await session.set(orders) }
            let now = Now(timekeeper)
            statistics.count(switch: error, took: now.moment - begun)
            schedule.didSet(orders, error: error, took: now.moment - begun, at: now)
        case .cycle(let number):
            let error = await failure { () async throws(DriverError) in try await session.cycle(number) }
            let now = Now(timekeeper)
            statistics.count(switch: error, took: now.moment - begun)
            schedule.didCycle(number, error: error, took: now.moment - begun, at: now)
        case .read(let scope):
            await read(scope, with: session, begun: begun)
        case .wait:
            return
        }
        flush()
    }

    func read(_ scope: ReadScope, with session: any PDUSession, begun: Moment) async {
        do throws(DriverError) {
            let reading = try await session.read(scope)
            let now = Now(timekeeper)
            statistics.count(read: scope, took: now.moment - begun, at: now.moment)
            if scope == .everything, schedule.rules.traits != driver.traits { schedule.learn(driver.traits) }
            schedule.didRead(scope, reading, took: now.moment - begun, at: now)
            flush()
            if scope == .everything { await describe(with: session, at: now.moment) }
        } catch {
            let now = Now(timekeeper)
            statistics.count(error)
            schedule.didFailToRead(scope, error, took: now.moment - begun, at: now)
        }
        noteContact()
    }

    /// Asks the device what it is, now and then; a device that cannot tell is still a device.
    private func describe(with session: any PDUSession, at now: Moment) async {
        guard description == nil || describedAt + Self.descriptionLifetime <= now else { return }
        describedAt = now
        let before = description
        do throws(DriverError) {
            description = try await session.describe()
        } catch {
            description = before ?? DeviceDescription()
            logger.debug("the device does not say what it is", metadata: ["error": "\(error)"])
        }
        if description != before { publishInfo() }
    }

    func failure(_ body: () async throws(DriverError) -> Void) async -> DriverError? {
        do throws(DriverError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    private func noteContact() {
        guard !hasAnsweredOrFailed else { return }
        hasAnsweredOrFailed = true
        for body in firstContact { body() }
        firstContact = []
    }
}
