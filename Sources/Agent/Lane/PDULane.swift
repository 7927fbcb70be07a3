public import Logging
internal import Loop
public import Power
import Synchronization

/// One PDU's lane: owns the device's only session, runs its commands in order and reads it in between.
///
/// A dead device is a lane that waits alone. What to do next is decided by `LaneSchedule`; the lane carries it out.
public actor PDULane {
    /// Lanes live on the loop, as everything does that a command passes.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Loop.shared.executor.asUnownedSerialExecutor() }

    /// The PDU.
    public nonisolated let pdu: PDUName

    /// How many turns one session with the device may take, so that a device with a single session is let go at times.
    static let turnsPerSession = 64
    /// How long the model and the firmware of a device are believed.
    static let descriptionLifetime = Duration.seconds(3600)

    var schedule: LaneSchedule
    var driver: any PDUDriver
    let publisher: Publisher
    let journal: (any CommandJournal)?
    let timekeeper: any Timekeeper
    let numbers: TicketNumbers
    private let plainLogger: Logger
    let signal = WakeSignal()
    private let limitSignal = WakeSignal()
    /// Whether a command waits for the poll that is under way.
    private nonisolated let isUrgent = Mutex(false)
    /// The turn that the device works on, and until when it may.
    private var turnUnderWay: (turn: Turn, limit: Moment)?
    var desk: AnswerDesk
    /// When the newest command for each outlet came, in a fleet.
    private var newest: [OutletNumber: Moment] = [:]
    var description: DeviceDescription?
    var describedAt = Moment.never
    var telemetry = TelemetryDesk()
    var lastReading: DeviceReading?
    var statistics = LaneStatistics()
    var hasAnsweredOrFailed = false
    /// Whether the agent has waited for the device's first answer as long as it does.
    var isOverdue = false
    var firstContact: [@Sendable () -> Void] = []
    var renewal: LaneBlueprint?
    private var renewed = Gate()
    /// What the journal has kept and nobody was told yet, in its order; no more than the answers that wait for it.
    nonisolated let kept = Mutex<[(ticket: UInt64, kept: Kept)]>([])
    /// Who waits until the journal has had its say about every answer; it does, also for a lane that is cancelled.
    var allKept: Gate?
    /// Who owns the PDU, in a fleet.
    let tenure: TenureInfo?
    /// Whether another agent owns the PDU by now: nothing is told any more, because that agent does.
    private(set) var isAbdicated = false
    private let ended = Gate()

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
        self.init(
            rules: rules,
            driver: driver,
            publisher: publisher,
            journal: journal,
            circuits: circuits,
            numbers: numbers,
            timekeeper: timekeeper,
            firstPoll: firstPoll,
            tenure: nil,
            logger: logger
        )
    }

    init(
        rules: LaneRules,
        driver: any PDUDriver,
        publisher: Publisher,
        journal: (any CommandJournal)?,
        circuits: CircuitLimiter,
        numbers: TicketNumbers,
        timekeeper: any Timekeeper,
        firstPoll: Moment,
        tenure: TenureInfo?,
        logger: Logger
    ) {
        self.tenure = tenure
        pdu = rules.pdu
        schedule = LaneSchedule(rules: rules, circuits: circuits, firstPoll: firstPoll)
        schedule.mustReadFirst = tenure != nil
        self.driver = driver
        self.publisher = publisher
        self.journal = journal
        self.timekeeper = timekeeper
        self.numbers = numbers
        plainLogger = logger
        desk = AnswerDesk(publisher: publisher, journal: journal)
    }

    /// Names the PDU in every line. Made when there is something to say: a logger with words of its own takes memory.
    var logger: Logger {
        var logger = plainLogger
        logger[metadataKey: "pdu"] = "\(pdu)"
        return logger
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
        var known = schedule.rules
        known.traits = rules.traits
        // What is announced elsewhere may have changed all the same.
        guard rules != known else { return publishInfo() }
        let before = schedule.outlets.keys
        schedule.adopt(rules, at: Now(timekeeper))
        for number in before where schedule.outlets[number] == nil { clearRetained(of: number) }
        // Labels are the configuration's: they show even while the device cannot be read.
        publishInfo()
        flush()
        signal.signal()
    }

    /// Has something done when the device has answered or failed once.
    func whenContacted(_ body: @escaping @Sendable () -> Void) {
        if hasAnsweredOrFailed { body() } else { firstContact.append(body) }
    }

    /// Has the device read now, if it was not read yet, and something done when it has answered or failed once.
    func makeContact(_ body: @escaping @Sendable () -> Void) {
        whenContacted(body)
        guard !hasAnsweredOrFailed else { return }
        schedule.nextPoll = min(schedule.nextPoll, timekeeper.now)
        signal.signal()
    }

    /// Whether the device answers, and how many outlets it has.
    var counts: (isOnline: Bool, outlets: Int) {
        (schedule.health.condition == .online, schedule.outlets.count)
    }

    /// How long the agent tries for a command of an outlet that says nothing else.
    func limit(of number: OutletNumber) -> Duration { schedule.rules.outlet(number).limit ?? schedule.rules.limit }

    /// The outlets that are known.
    var outletNumbers: [OutletNumber] { Array(schedule.outlets.keys) }

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

    func accept(_ ticket: Ticket) {
        let now = Now(timekeeper)
        if ticket.command.dryRun { return desk.tell(schedule.plan(ticket, at: now), to: ticket, at: now) }
        // An id for an outlet that is not there is not remembered: anybody can make up any number of them.
        if schedule.mayExist(ticket.outlet.outlet) {
            guard desk.admit(ticket, at: now) else { return }
            if tenure != nil {
                let newest = newest[ticket.outlet.outlet] ?? ticket.receivedAt
                self.newest[ticket.outlet.outlet] = max(newest, ticket.receivedAt)
            }
        }
        schedule.submit(ticket, at: now)
        guard ticket.feed == nil else {
            // A load's command does nothing yet.
            schedule.begin(ticket.outlet.outlet, at: now)
            return flush()
        }
        flush()
        makeWay(for: ticket)
    }

    /// What the lane knows of a command that another agent of the fleet has held, and that arrived there at this moment.
    func standing(of id: String, for number: OutletNumber, since moment: Moment) -> HeldStanding {
        if desk.knows(id, for: number) { return .known }
        return newest[number].map { $0 > moment } ?? false ? .late : .new
    }

    /// Has a reading that is under way make room for a command.
    func makeWay(for ticket: Ticket) {
        guard case .read(let scope) = turnUnderWay?.turn else { return }
        let now = timekeeper.now
        // A reading of a silent device must not take longer than somebody who waits for it.
        shorten(to: now + schedule.limit(of: ticket))
        if scope == .everything, schedule.letsPollGiveWay(at: now) { isUrgent.withLock { $0 = true } }
    }

    // MARK: - How it ends

    /// Stops the lane: nothing new begins, what runs may finish until the moment.
    func stop(until limit: Moment) {
        schedule.stop(until: limit)
        flush()
        shorten(to: limit)
        signal.signal()
    }

    /// Ends the lane at once, because another agent owns the PDU: it has the journal, and answers what is in it.
    func abdicate() async {
        isAbdicated = true
        shorten(to: timekeeper.now)
        signal.signal()
        await ended.pass()
    }

    /// Whether nothing is under way or waits but what the journal keeps for the next owner.
    func isQuiet(until limit: Moment) -> Bool { schedule.isQuiet(until: limit) && !desk.isWaiting }

    /// Returns when the lane has ended.
    func awaitEnd() async {
        await ended.pass()
    }

    /// Ends the lane of a PDU that is not in the configuration any more, and waits until it has ended. Every command is
    /// answered, and what a command would have done later is done until the moment.
    func dismiss(until limit: Moment) async {
        schedule.dismiss(until: limit, at: Now(timekeeper))
        flush()
        shorten(to: limit)
        signal.signal()
        await ended.pass()
    }

    /// Has the device spoken to in another way, and waits until that is so. Commands wait meanwhile and go on; what the
    /// device was told is read back until the moment at the latest.
    func renew(_ blueprint: LaneBlueprint, until limit: Moment) async {
        guard !ended.isOpen, !schedule.endsForGood else { return }
        renewal = blueprint
        schedule.pause(until: limit)
        shorten(to: limit)
        signal.signal()
        await renewed.pass()
    }

    /// Whether the time is over that the lane had to end, or to come to rest.
    private var hasRunOut: Bool { schedule.ending.map { $0.limit <= timekeeper.now } ?? false }

    /// Whether the time for the other driver has come: the device was told nothing that is still open, or has had its
    /// time to answer.
    var mustTakeOver: Bool {
        renewal != nil && schedule.ending != nil && !schedule.endsForGood && (schedule.isDrained || hasRunOut)
    }

    /// Goes on with the driver of another configuration.
    func takeOver(_ blueprint: LaneBlueprint) async {
        renewal = nil
        let taken = renewed
        renewed = Gate()
        await driver.shutDown()
        driver = blueprint.makeDriver()
        let before = schedule.outlets.keys
        if !schedule.endsForGood { schedule.renew(blueprint.rules, at: Now(timekeeper)) }
        for number in before where schedule.outlets[number] == nil { clearRetained(of: number) }
        description = nil
        lastReading = nil
        // Labels are the configuration's: they show even while the device cannot be read.
        publishInfo()
        flush()
        taken.open()
    }

    // MARK: - What it does with its device

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
        // Whoever is told of this lane's end has every answer.
        if desk.isWaiting {
            let gate = Gate()
            allKept = gate
            await gate.pass()
        }
        await driver.shutDown()
        ended.open()
        renewed.open()
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
        guard !Task.isCancelled, !isAbdicated else { return .end }
        if let renewal, mustTakeOver { return .takeOver(renewal) }
        // A turn that was given has to be taken, so none is asked for when the time is over.
        if schedule.endsForGood, hasRunOut { return .end }
        let turn = schedule.nextTurn(at: Now(timekeeper))
        flush()
        if schedule.endsForGood, schedule.isDrained { return .end }
        guard case .wait(let until) = turn else { return .work(turn) }
        let limit = schedule.ending?.limit ?? .never
        timekeeper.wake(signal, at: min(until, limit))
        return .wait
    }

    /// Works in a task of its own: a task keeps the memory of its deepest call until it ends, and so a lane that waits
    /// holds one kilobyte and not 15. What is not finished when the first command has to be answered is cancelled.
    @inline(never)
    private func apart(_ turn: Turn) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.work(turn) }
            group.addTask { await self.awaitLimit() }
            await group.next()
            group.cancelAll()
        }
        turnUnderWay = nil
    }

    /// Waits until the turn under way has taken as long as it may.
    private func awaitLimit() async {
        while !Task.isCancelled {
            let limit = turnUnderWay?.limit ?? .never
            guard timekeeper.now < limit else { break }
            timekeeper.wake(limitSignal, at: limit)
            await limitSignal.wait()
        }
        timekeeper.forget(limitSignal)
    }

    private func shorten(to limit: Moment) {
        guard let (turn, before) = turnUnderWay, limit < before else { return }
        turnUnderWay = (turn, limit)
        limitSignal.signal()
    }

    /// Answers what is left, once the lane does nothing more.
    @inline(never)
    private func answerTheRest() {
        guard !isAbdicated else {
            desk.disown(schedule.everyTicket, at: Now(timekeeper))
            timekeeper.forget(signal)
            allKept?.open()
            return noteContact()
        }
        if !schedule.endsForGood { schedule.stop(until: timekeeper.now) }
        let left = schedule.abandon(at: Now(timekeeper))
        flush()
        if !left.isEmpty {
            logger.error(
                "removed from the configuration before its outlets were as they should be; look at them",
                metadata: ["outlets": "\(left.map(\.description).joined(separator: ", "))"]
            )
        }
        desk.release(schedule.leftInJournal, at: Now(timekeeper))
        timekeeper.forget(signal)
        noteContact()
    }

    /// Opens the device's session and takes turns as long as there are any for now.
    private func work(_ first: Turn) async {
        var untaken: Turn? = first
        let begun = timekeeper.now
        begin(first)
        do throws(DriverError) {
            try await driver.withSession { session async throws(DriverError) in
                var turn = first
                for place in 1...Self.turnsPerSession {
                    untaken = nil
                    await self.take(turn, with: session)
                    // A turn that was given has to be taken, so none is asked for that would not be.
                    guard place < Self.turnsPerSession, !Task.isCancelled, !self.mustTakeOver, !self.hasRunOut,
                        !self.isAbdicated
                    else {
                        return
                    }
                    turn = self.schedule.nextTurn(at: Now(self.timekeeper))
                    self.flush()
                    guard turn.isDeviceWork else { return }
                    untaken = turn
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

    private func begin(_ turn: Turn) {
        let limit = min(schedule.limit(of: turn, at: Now(timekeeper)), schedule.ending?.limit ?? .never)
        turnUnderWay = (turn, limit)
        limitSignal.signal()
    }

    private func take(_ turn: Turn, with session: any PDUSession) async {
        let begun = timekeeper.now
        begin(turn)
        defer { turnUnderWay = nil }
        switch turn {
        case .set(let orders):
            let states = orders.mapValues(\.state)
            let error = await failure { () async throws(DriverError) in try await session.set(states) }
            let now = Now(timekeeper)
            statistics.count(switch: error, took: now.moment - begun)
            schedule.didSet(orders, error: error, took: now.moment - begun, at: now)
        case .cycle(let number, let ticket):
            let error = await failure { () async throws(DriverError) in try await session.cycle(number) }
            let now = Now(timekeeper)
            statistics.count(switch: error, took: now.moment - begun)
            schedule.didCycle(number, for: ticket, error: error, took: now.moment - begun, at: now)
        case .read(let scope):
            await read(scope, with: session, begun: begun)
        case .wait:
            return
        }
        flush()
    }

    private func read(_ scope: ReadScope, with session: any PDUSession, begun: Moment) async {
        isUrgent.withLock { $0 = false }
        do throws(DriverError) {
            let reading = try await session.read(scope) { self.isUrgent.withLock(\.self) }
            let now = Now(timekeeper)
            statistics.count(read: scope, took: now.moment - begun, at: now.moment)
            if scope == .everything, schedule.rules.traits != driver.traits { schedule.learn(driver.traits) }
            schedule.didRead(scope, reading, took: now.moment - begun, at: now)
            flush()
            guard scope == .everything else { return noteContact() }
            desk.forgetOld(at: now.moment)
            await describe(with: session, at: now.moment)
        } catch {
            // A poll that made room for a command says nothing about the device, and is still due.
            if error.code == .cancelled, isUrgent.withLock(\.self), !Task.isCancelled { return }
            let now = Now(timekeeper)
            statistics.count(error)
            schedule.didFailToRead(scope, error, took: now.moment - begun, at: now)
        }
        noteContact()
    }

    /// Asks the device what it is, now and then; a device that cannot tell is still a device.
    private func describe(with session: any PDUSession, at now: Moment) async {
        guard description == nil || describedAt + Self.descriptionLifetime <= now else { return }
        // A command goes before news about what the device is.
        guard description == nil || schedule.active.isEmpty else { return }
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
        for body in firstContact { body() }
        firstContact = []
    }
}

extension PDULane {
    /// Why a command for all outlets cannot be carried out: nobody knows yet which outlets there are, so nothing can
    /// be said to be done.
    struct Unread: Error, CustomStringConvertible {
        let description: String
    }

    /// Every outlet of the PDU, as a group.
    var rulesForAll: Result<GroupRules, Unread> {
        let snapshot = snapshot
        guard !snapshot.states.isEmpty else {
            let why = snapshot.problem ?? "it was not read yet"
            return .failure(Unread(description: "the outlets of \(pdu) are not known: \(why)"))
        }
        return .success(
            GroupRules(
                outlets: snapshot.states.keys.sorted().map { OutletID(pdu: pdu, outlet: $0) },
                stagger: snapshot.rules.stagger
            )
        )
    }
}
