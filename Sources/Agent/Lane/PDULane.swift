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
    var answers: [OutletNumber: RecentAnswers] = [:]
    var description: DeviceDescription?
    var describedAt = Moment.never
    var telemetry = TelemetryDesk()
    var lastReading: DeviceReading?
    var statistics = LaneStatistics()
    var hasAnsweredOrFailed = false
    var firstContact: [@Sendable () -> Void] = []
    var renewal: LaneBlueprint?
    var renewed: [CheckedContinuation<Void, Never>] = []
    var hasEnded = false
    var end: [CheckedContinuation<Void, Never>] = []

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
        plainLogger = logger
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
        let before = schedule.outlets.keys
        schedule.adopt(rules, at: Now(timekeeper))
        schedule.wantsRepublish = true
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

    /// Has the device read now.
    func readSoon() {
        schedule.nextPoll = min(schedule.nextPoll, timekeeper.now)
        signal.signal()
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
}
