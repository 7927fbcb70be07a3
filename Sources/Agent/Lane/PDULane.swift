import Foundation
public import Logging
public import Power

/// One PDU's lane: owns the device's only session, runs its commands in order and reads it in between.
///
/// A dead device is a lane that waits alone. What to do next is decided by `LaneSchedule`; the lane carries it out.
public actor PDULane {
    /// The PDU.
    public nonisolated let pdu: PDUName

    /// How many turns one session with the device may take, so that a device with a single session is let go at times.
    private static let turnsPerSession = 64
    /// How long the model and the firmware of a device are believed.
    private static let descriptionLifetime = Duration.seconds(3600)

    var schedule: LaneSchedule
    private let driver: any PDUDriver
    let publisher: Publisher
    private let journal: (any CommandJournal)?
    let timekeeper: any Timekeeper
    private let numbers: TicketNumbers
    let logger: Logger
    let signal = WakeSignal()
    var answers: [OutletNumber: RecentAnswers] = [:]
    var description: DeviceDescription?
    private var describedAt = Moment.never
    var telemetry = TelemetryDesk()
    var lastReading: DeviceReading?
    private(set) var statistics = LaneStatistics()
    private var hasAnsweredOrFailed = false
    private var firstContact: [Countdown] = []
    private var hasEnded = false
    private var end: [CheckedContinuation<Void, Never>] = []

    /// A lane that does nothing until `run` is called.
    ///
    /// - Parameters:
    ///   - journal: where work that must survive a crash is kept; without one such work is refused.
    ///   - firstPoll: when the device is read for the first time.
    public init(
        rules: LaneRules,
        driver: any PDUDriver,
        publisher: Publisher,
        journal: (any CommandJournal)?,
        circuits: CircuitLimiter,
        numbers: TicketNumbers,
        timekeeper: any Timekeeper,
        firstPoll: Moment,
        logger: Logger
    ) {
        pdu = rules.pdu
        schedule = LaneSchedule(rules: rules, circuits: circuits, firstPoll: firstPoll)
        self.driver = driver
        self.publisher = publisher
        self.journal = journal
        self.timekeeper = timekeeper
        self.numbers = numbers
        var logger = logger
        logger[metadataKey: "pdu"] = "\(rules.pdu)"
        self.logger = logger
    }

    // MARK: - What comes in

    /// Takes commands. Each is answered exactly once, by a result.
    public func submit(_ tickets: [Ticket]) {
        for ticket in tickets { accept(ticket) }
        signal.signal()
    }

    /// Has the device read now and everything retained published again.
    public func refresh() {
        schedule.refresh(at: Now(timekeeper))
        signal.signal()
    }

    /// Takes over a changed configuration without touching an outlet.
    func adopt(_ rules: LaneRules) {
        let before = schedule.outlets.keys
        schedule.adopt(rules, at: Now(timekeeper))
        schedule.wantsRepublish = true
        for number in before where schedule.outlets[number] == nil { clearRetained(of: number) }
        // Labels are the configuration's: they show even while the device cannot be read.
        publishInfo()
        flush()
        signal.signal()
    }

    /// Stops the lane: nothing new begins, what runs may finish until the moment.
    func stop(until limit: Moment) {
        schedule.stop(until: limit)
        flush()
        signal.signal()
    }

    /// Has it counted when the device has answered or failed once.
    func countFirstContact(in countdown: Countdown) {
        if hasAnsweredOrFailed { countdown.arrive() } else { firstContact.append(countdown) }
    }

    /// Waits until the lane has stopped.
    func awaitEnd() async {
        guard !hasEnded else { return }
        await withCheckedContinuation { end.append($0) }
    }

    /// Whether the device answers, and how many outlets it has.
    var counts: (isOnline: Bool, outlets: Int) {
        (schedule.health.condition == .online, schedule.outlets.count)
    }

    /// The outlets as they are known now.
    public var snapshot: LaneSnapshot {
        LaneSnapshot(
            schedule: schedule,
            description: description,
            reading: lastReading,
            statistics: statistics,
            now: timekeeper.now
        )
    }

    private func accept(_ ticket: Ticket) {
        let now = Now(timekeeper)
        if ticket.command.dryRun {
            let plan = schedule.plan(ticket, at: now)
            deliver(CommandResult(ticket, plan, startedAt: nil, deviceTime: .zero, now: now), to: ticket)
            return
        }
        // The ids of outlets that are not there are not remembered: anybody can make up any number of them.
        if let id = ticket.command.id, schedule.mayExist(ticket.outlet.outlet), !judge(ticket, id: id, at: now) {
            return
        }
        schedule.submit(ticket, at: now)
        flush()
    }

    /// Whether a command with an id has to be executed; answers it here when not.
    private func judge(_ ticket: Ticket, id: String, at now: Now) -> Bool {
        switch answers[ticket.outlet.outlet, default: RecentAnswers()].judge(ticket, id: id, at: now.moment) {
        case .new: return true
        case .wait: return false
        case .answered(let result):
            deliver(result, to: ticket)
            return false
        case .tooMany:
            let outcome = Outcome(.superseded, message: "too many commands with the same id wait")
            deliver(CommandResult(ticket, outcome, startedAt: nil, deviceTime: .zero, now: now), to: ticket)
            return false
        }
    }

    // MARK: - The loop

    /// Works until it is stopped and drained, or cancelled. The agent calls it once, in a task of its own.
    public func run() async {
        while !Task.isCancelled {
            let turn = schedule.nextTurn(at: Now(timekeeper))
            flush()
            if schedule.isDrained { break }
            if case .wait(let until) = turn {
                let limit = schedule.stopsAt ?? .never
                guard timekeeper.now < limit else { break }
                timekeeper.wake(signal, at: min(until, limit))
                await signal.wait()
            } else {
                // A task keeps the memory of its deepest call until it ends. With a task of its own for each piece of
                // work, a lane that waits holds a few hundred bytes and not 15 KB.
                await withDiscardingTaskGroup { group in
                    group.addTask { await self.work(turn) }
                }
            }
        }
        if schedule.stopsAt == nil { schedule.stop(until: timekeeper.now) }
        schedule.abandon()
        flush()
        releaseWaiting()
        timekeeper.forget(signal)
        noteContact()
        await driver.shutDown()
        hasEnded = true
        for waiter in end { waiter.resume() }
        end = []
    }

    /// Opens the device's session and takes turns as long as there are any for now.
    private func work(_ first: Turn) async {
        var untaken: Turn? = first
        let begun = timekeeper.now
        do throws(DriverError) {
            try await driver.withSession { session async throws(DriverError) in
                var turn = first
                for _ in 0..<Self.turnsPerSession {
                    untaken = nil
                    await self.take(turn, with: session)
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

    private func take(_ turn: Turn, with session: any PDUSession) async {
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

    private func read(_ scope: ReadScope, with session: any PDUSession, begun: Moment) async {
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

    private func failure(_ body: () async throws(DriverError) -> Void) async -> DriverError? {
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
        for countdown in firstContact { countdown.arrive() }
        firstContact = []
    }

    // MARK: - What goes out

    func flush() {
        // Carrying out one effect may cause others.
        while true {
            let effects = schedule.takeEffects()
            if effects.isEmpty { return }
            for effect in effects { carryOut(effect) }
        }
    }

    private func carryOut(_ effect: LaneEffect) {
        switch effect {
        case .state(let number, let state, let previous, let isOwn):
            let outlet = OutletID(pdu: pdu, outlet: number)
            publisher.publish(state: state, of: outlet)
            publisher.tell(.state(outlet, state, previous: previous, isOwn: isOwn))
        case .oddity(let number, let answer):
            logger.log(
                level: answer == .pending ? .debug : .warning,
                "the device's answer is neither on nor off",
                metadata: ["outlet": "\(number)", "answer": "\(answer)"]
            )
        case .measured(let reading): take(reading)
        case .availability(let condition): tellAvailability(condition)
        case .republish: republish()
        case .wants(let number, let command):
            let ticket = Ticket(
                number: numbers.next(),
                outlet: OutletID(pdu: pdu, outlet: number),
                command: command,
                receivedAt: timekeeper.now,
                receivedTime: timekeeper.wallTime
            )
            schedule.submit(ticket, at: Now(timekeeper))
        case .finished(let ticket, let outcome, let startedAt, let deviceTime, let isJournaled):
            let now = Now(timekeeper)
            let result = CommandResult(ticket, outcome, startedAt: startedAt, deviceTime: deviceTime, now: now)
            finish(ticket, result, isJournaled: isJournaled, at: now)
        case .journal(let entry, let isAwaited): write(entry, isAwaited: isAwaited)
        case .memory(let memory): journal?.remember(memory)
        }
    }

    private func finish(_ ticket: Ticket, _ result: CommandResult, isJournaled: Bool, at now: Now) {
        guard isJournaled, schedule.mayExist(ticket.outlet.outlet) || ticket.isRecovered else {
            return deliver(result, to: ticket)
        }
        // The answer is in the journal before the broker can have it: a crash in between has it told again.
        journal?.write(JournalEntry(ticket, stage: .finished, due: now.wallTime, result: result), completion: nil)
        deliver(result, to: ticket, isJournaled: true)
        guard let id = ticket.command.id else { return }
        for other in answers[ticket.outlet.outlet, default: RecentAnswers()].answer(id: id, result, at: now.moment) {
            deliver(result, to: other)
        }
    }

    private func deliver(_ result: CommandResult, to ticket: Ticket, isJournaled: Bool = false) {
        // Whoever has the answer finds it in the audit trail, before what is done because of it.
        publisher.tell(.result(result, ticket))
        tell(result, to: ticket, isJournaled: isJournaled)
        ticket.answer?(result)
    }

    func tell(_ result: CommandResult, to ticket: Ticket, isJournaled: Bool) {
        guard isJournaled, let journal else { return publisher.publish(result, reply: ticket.reply) }
        let receipt = Receipt(ticket: ticket.number) { journal.remove(ticket: ticket.number) }
        publisher.publish(result, reply: ticket.reply, receipt: receipt)
    }

    private func write(_ entry: JournalEntry, isAwaited: Bool) {
        guard let journal else {
            if isAwaited {
                didJournal(entry, "no state directory is set, so nothing that must survive a crash is begun")
            }
            return
        }
        guard isAwaited else { return journal.write(entry, completion: nil) }
        journal.write(entry) { failure in
            // The journal answers from its own thread; there is no task to structure this under.
            Task { await self.didJournal(entry, failure) }
        }
    }

    private func didJournal(_ entry: JournalEntry, _ failure: String?) {
        schedule.didJournal(entry, failure: failure, at: Now(timekeeper))
        flush()
        signal.signal()
    }
}
