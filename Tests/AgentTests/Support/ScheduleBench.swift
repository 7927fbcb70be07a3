import Foundation
import Power

@testable import Agent

/// Drives a `LaneSchedule` by hand: time moves when the test says so, and the device is a table.
struct ScheduleBench {
    var schedule: LaneSchedule
    var moment = Moment.start + .seconds(1000)
    /// What the device reads now.
    var device: [OutletNumber: PowerState]
    var effects: [LaneEffect] = []
    private var lastTicket: UInt64 = 0

    static let pdu = PDUName("bench") ?? { fatalError("a valid name") }()

    init(
        outlets: Int = 4,
        traits: DriverTraits = DriverTraits(driver: "test"),
        change: (inout LaneRules) -> Void = { _ in }
    ) {
        let numbers = (1...outlets).compactMap(OutletNumber.init)
        var rules = LaneRules(
            pdu: Self.pdu,
            traits: traits,
            outlets: Dictionary(uniqueKeysWithValues: numbers.map { ($0, OutletRules()) })
        )
        rules.pollJitter = 0
        change(&rules)
        device = Dictionary(uniqueKeysWithValues: numbers.map { ($0, .off) })
        schedule = LaneSchedule(
            rules: rules,
            circuits: CircuitLimiter(switchOnsPerSecond: ["slow": 2]),
            random: RandomSource(seed: 1),
            firstPoll: moment
        )
    }

    var now: Now { Now(moment: moment, wallTime: Date(timeIntervalSince1970: 1_800_000_000 + moment.inSeconds)) }

    @discardableResult
    mutating func send(_ command: Command, to outlet: Int = 1) -> UInt64 {
        lastTicket += 1
        schedule.submit(ticket(lastTicket, command, outlet), at: now)
        collect()
        return lastTicket
    }

    func ticket(_ number: UInt64, _ command: Command, _ outlet: Int, isRecovered: Bool = false) -> Ticket {
        Ticket(
            number: number,
            outlet: OutletID(pdu: Self.pdu, outlet: Self.number(outlet)),
            command: command,
            receivedAt: moment,
            receivedTime: now.wallTime,
            isRecovered: isRecovered
        )
    }

    static func number(_ number: Int) -> OutletNumber { OutletNumber(number) ?? { fatalError("a valid number") }() }

    mutating func turn() -> Turn {
        defer { collect() }
        return schedule.nextTurn(at: now)
    }

    mutating func wait(_ duration: Duration) { moment = moment + duration }

    /// Takes one turn as a device without faults does: at once.
    @discardableResult
    mutating func step() -> Turn {
        let next = turn()
        answer(next)
        return next
    }

    mutating func answer(_ turn: Turn, error: DriverError? = nil, took: Duration = .milliseconds(1)) {
        switch turn {
        case .set(let orders):
            if error == nil { device.merge(orders.mapValues(\.state)) { $1 } }
            schedule.didSet(orders, error: error, took: took, at: now)
        case .cycle(let number, let ticket):
            schedule.didCycle(number, for: ticket, error: error, took: took, at: now)
        case .read(let scope):
            if let error {
                schedule.didFailToRead(scope, error, took: took, at: now)
            } else {
                schedule.didRead(scope, reading, took: took, at: now)
            }
        case .wait: break
        }
        collect()
    }

    /// Lets time pass, taking every turn when it is due.
    ///
    /// - Parameter fault: what goes wrong with a turn.
    /// - Returns: the turns that needed the device.
    @discardableResult
    mutating func drive(for duration: Duration, fault: (Turn) -> DriverError? = { _ in nil }) -> [Turn] {
        let end = moment + duration
        var turns: [Turn] = []
        while true {
            confirmJournal()
            let next = turn()
            if confirmJournal() { continue }
            if case .wait(let until) = next {
                guard until <= end else { break }
                moment = max(until, moment + .nanoseconds(1))
                continue
            }
            turns.append(next)
            answer(next, error: fault(next))
            guard turns.count < 10_000 else { break }
        }
        moment = max(moment, end)
        return turns
    }

    var reading: DeviceReading { DeviceReading(outlets: device.mapValues { .settled($0) }) }

    /// Takes turns until there is nothing to do for now, answering the journal at once.
    ///
    /// - Returns: the turns that needed the device.
    @discardableResult
    mutating func settle() -> [Turn] {
        var turns: [Turn] = []
        for _ in 0..<1000 {
            confirmJournal()
            let next = turn()
            if confirmJournal() { continue }
            guard next.isDeviceWork else { return turns }
            answer(next)
            turns.append(next)
        }
        return turns
    }

    @discardableResult
    mutating func confirmJournal(failure: String? = nil) -> Bool {
        let awaited = effects.compactMap { effect -> JournalEntry? in
            if case .journal(let entry, true) = effect { entry } else { nil }
        }
        let fresh = awaited.filter { confirmed.insert("\($0.ticket)\($0.stage)").inserted }
        for entry in fresh { schedule.didJournal(entry, failure: failure, at: now) }
        let ends = endings.filter { ending in
            if case .work = ending.keeping { freed.insert(ending.ticket.number).inserted } else { false }
        }
        for ending in ends { schedule.didEnd(ending.ticket) }
        collect()
        return !fresh.isEmpty || !ends.isEmpty
    }
    private var confirmed: Set<String> = []
    private var freed: Set<UInt64> = []

    mutating func collect() { effects += schedule.takeEffects() }

    /// How each command ended so far, in order.
    var outcomes: [(ticket: UInt64, outcome: Outcome)] {
        endings.map { ($0.ticket.number, $0.outcome) }
    }

    var endings: [LaneEffect.Ending] {
        effects.compactMap { if case .finished(let ending) = $0 { ending } else { nil } }
    }

    func outcome(of ticket: UInt64) -> Outcome? { outcomes.first { $0.ticket == ticket }?.outcome }

    /// The states that an outlet was said to have, in order.
    func states(of outlet: Int) -> [PowerState] {
        effects.compactMap { effect in
            if case .state(Self.number(outlet), let state, _, _) = effect { state } else { nil }
        }
    }

    /// The switches among some turns.
    static func sets(_ turns: [Turn]) -> [[OutletNumber: PowerState]] {
        turns.compactMap(\.states)
    }
}

extension Turn {
    /// What the outlets are told, when it is a switch.
    var states: [OutletNumber: PowerState]? {
        if case .set(let orders) = self { orders.mapValues(\.state) } else { nil }
    }

    /// What is read, when it is a reading.
    var scope: ReadScope? { if case .read(let scope) = self { scope } else { nil } }
}

extension Moment {
    var inSeconds: Double { (self - .start).inSeconds }
}
