import Foundation
import Power

@testable import Agent

/// Several lanes with their devices, on one clock that is moved by hand from event to event.
struct ModelFleet {
    struct Lane {
        var schedule: LaneSchedule
        var device: ModelDevice
        /// The turn that the device works on, and when it answers.
        var pending: (turn: Turn, error: DriverError?, answersAt: Moment)?
        var wakesAt = Moment.start
        var journal: [(entry: JournalEntry, failure: String?, at: Moment)] = []
        /// The ended commands whose end is on its way to the disk.
        var ends: [(answer: Answer, at: Moment)] = []
        /// What is on the disk: work that has begun, and what protections have to know.
        var work: [UInt64: (entry: JournalEntry, ticket: Ticket)] = [:]
        var memories: [OutletNumber: OutletMemory] = [:]

        var nextEvent: Moment {
            min(pending?.answersAt ?? wakesAt, journal.first?.at ?? .never, ends.first?.at ?? .never)
        }
    }

    struct Answer {
        var ticket: Ticket
        var outcome: Outcome
        var startedAt: Moment?
        /// When it was told.
        var at: Moment
    }

    static let start = Moment.start + .seconds(1000)
    /// Switch-ons per second of the circuit `shared`.
    static let circuitRate = 20.0

    var lanes: [Lane]
    var moment = Self.start
    var random: RandomSource
    private(set) var answers: [Answer] = []
    private(set) var sent: [Ticket] = []

    init(pdus: Int, outlets: Int, seed: UInt64) {
        let circuits = CircuitLimiter(switchOnsPerSecond: ["shared": Self.circuitRate])
        var random = RandomSource(seed: seed)
        lanes = (0..<pdus).map { place in
            let traits = DriverTraits(
                driver: "model",
                settleWindow: .seconds(2),
                switchesTogether: place.isMultiple(of: 2)
            )
            let numbers = (1...outlets).compactMap(OutletNumber.init)
            var rules = LaneRules(
                pdu: PDUName("pdu\(place)") ?? ScheduleBench.pdu,
                traits: traits,
                outlets: Dictionary(uniqueKeysWithValues: numbers.map { ($0, Self.rules($0.rawValue)) })
            )
            rules.pollInterval = .seconds(5)
            let schedule = LaneSchedule(
                rules: rules,
                circuits: circuits,
                random: RandomSource(seed: random.next()),
                firstPoll: Self.start
            )
            let lag = place.isMultiple(of: 3) ? Duration.milliseconds(700) : .zero
            return Lane(
                schedule: schedule,
                device: ModelDevice(outlets: numbers, trouble: 0.08, settleLag: lag),
                wakesAt: Self.start
            )
        }
        self.random = random
    }

    /// Every kind of protection is on some outlet.
    private static func rules(_ number: Int) -> OutletRules {
        var rules = OutletRules()
        rules.offTime = .seconds(1)
        switch number {
        case 1: rules.isProtected = true
        case 2: rules.isOffForbidden = true
        case 3: rules.minimumOnTime = .seconds(20)
        case 4: rules.minimumOffTime = .seconds(15)
        case 5: rules.maximumCyclesPerHour = 6
        case 6, 7: rules.circuit = "shared"
        default: break
        }
        return rules
    }

    var now: Now { Now(moment: moment, wallTime: Date(timeIntervalSince1970: 1_800_000_000 + moment.inSeconds)) }

    // MARK: - Events

    mutating func send(_ command: Command, to place: Int, _ outlet: OutletNumber) {
        let ticket = Ticket(
            number: UInt64(sent.count + 1),
            outlet: OutletID(pdu: lanes[place].schedule.rules.pdu, outlet: outlet),
            command: command,
            receivedAt: moment,
            receivedTime: now.wallTime
        )
        sent.append(ticket)
        lanes[place].schedule.submit(ticket, at: now)
        collect(place)
        lanes[place].wakesAt = moment
    }

    /// Lets time pass, with everything that happens meanwhile.
    mutating func run(until end: Moment) {
        while let place = lanes.indices.min(by: { lanes[$0].nextEvent < lanes[$1].nextEvent }),
            lanes[place].nextEvent <= end
        {
            moment = max(moment, lanes[place].nextEvent)
            work(place)
        }
        moment = end
    }

    private mutating func work(_ place: Int) {
        if let due = lanes[place].journal.firstIndex(where: { $0.at <= moment }) {
            let answer = lanes[place].journal.remove(at: due)
            if answer.failure == nil, answer.entry.stage != .accepted,
                case let ticket = sent[Int(answer.entry.ticket) - 1]
            {
                lanes[place].work[ticket.number] = (answer.entry, ticket)
            }
            lanes[place].schedule.didJournal(answer.entry, failure: answer.failure, at: now)
            lanes[place].wakesAt = moment
            return collect(place)
        }
        if let end = lanes[place].ends.first, end.at <= moment {
            lanes[place].ends.removeFirst()
            lanes[place].work[end.answer.ticket.number] = nil
            answers.append(end.answer)
            answers[answers.count - 1].at = moment
            lanes[place].schedule.didEnd(end.answer.ticket)
            lanes[place].wakesAt = moment
            return collect(place)
        }
        if let pending = lanes[place].pending {
            guard pending.answersAt <= moment else { return }
            lanes[place].pending = nil
            report(pending.turn, pending.error, place)
            return collect(place)
        }
        let turn = lanes[place].schedule.nextTurn(at: now)
        collect(place)
        switch turn {
        case .wait(let until):
            lanes[place].wakesAt = max(until, moment + .nanoseconds(1))
        case .set(let orders):
            let schedule = lanes[place].schedule
            let error = lanes[place].device
                .set(orders.mapValues(\.state), { schedule.outlets[$0]?.work }, at: moment, using: &random)
            begin(turn, error, place)
        case .read, .cycle: begin(turn, nil, place)
        }
    }

    private mutating func begin(_ turn: Turn, _ error: DriverError?, _ place: Int) {
        let latency = Duration.milliseconds(error?.code == .timeout ? 500 : Int.random(in: 1...30, using: &random))
        lanes[place].pending = (turn, error, moment + latency)
        lanes[place].wakesAt = moment + latency
    }

    private mutating func report(_ turn: Turn, _ error: DriverError?, _ place: Int) {
        let took = Duration.milliseconds(1)
        switch turn {
        case .set(let orders): lanes[place].schedule.didSet(orders, error: error, took: took, at: now)
        case .read(let scope):
            switch lanes[place].device.read(at: moment, using: &random) {
            case .success(let reading): lanes[place].schedule.didRead(scope, reading, took: took, at: now)
            case .failure(let error): lanes[place].schedule.didFailToRead(scope, error, took: took, at: now)
            }
        case .cycle, .wait: break
        }
        lanes[place].wakesAt = moment
    }

    private mutating func collect(_ place: Int) {
        for effect in lanes[place].schedule.takeEffects() {
            switch effect {
            case .finished(let ending):
                let answer = Answer(
                    ticket: ending.ticket,
                    outcome: ending.outcome,
                    startedAt: ending.startedAt,
                    at: moment
                )
                if case .work = ending.keeping {
                    lanes[place].ends.append((answer, flushed(place)))
                } else {
                    answers.append(answer)
                }
            case .journal(let entry, true):
                let failure = random.unit() < 0.01 ? "the disk is full" : nil
                lanes[place].journal.append((entry, failure, flushed(place)))
            case .journal(let entry, false):
                if let known = lanes[place].work[entry.ticket] {
                    lanes[place].work[entry.ticket] = (entry, known.ticket)
                }
            case .memory(let memory): lanes[place].memories[memory.outlet.outlet] = memory
            default: continue
            }
        }
    }

    /// The power fails: what is not on the disk is forgotten, and the lane begins anew with the rest.
    /// The device keeps its outlets, and what was sent to it is done.
    mutating func cutPower(_ place: Int) {
        let before = lanes[place]
        let open = Set(sent.filter { $0.outlet.pdu == before.schedule.rules.pdu }.map(\.number))
            .subtracting(answers.map(\.ticket.number))
        for ticket in sent where open.contains(ticket.number) && before.work[ticket.number] == nil {
            before.schedule.circuits.release(ticket.number)
            // Nobody tells its sender any more.
            let wasSent = before.device.record.contains { $0.tickets.contains { $0.number == ticket.number } }
            let outcome = Outcome.unknown(.agentDied, "lost")
            answers.append(Answer(ticket: ticket, outcome: outcome, startedAt: wasSent ? moment : nil, at: moment))
        }
        lanes[place].schedule = LaneSchedule(
            rules: before.schedule.rules,
            circuits: before.schedule.circuits,
            random: RandomSource(seed: random.next()),
            firstPoll: moment
        )
        lanes[place].pending = nil
        lanes[place].journal = []
        lanes[place].ends = []
        lanes[place].wakesAt = moment
        for memory in before.memories.values { lanes[place].schedule.restore(memory, at: now) }
        for (entry, ticket) in before.work.values.sorted(by: { $0.ticket.number < $1.ticket.number }) {
            let recovered = Ticket(
                number: ticket.number,
                outlet: ticket.outlet,
                command: ticket.command,
                receivedAt: ticket.receivedAt,
                receivedTime: ticket.receivedTime,
                isRecovered: true
            )
            lanes[place].schedule.recover(entry, as: recovered, at: now)
        }
        collect(place)
    }

    /// When something is on the disk that is written now: in the order in which it was asked for.
    private mutating func flushed(_ place: Int) -> Moment {
        let delay = Duration.milliseconds(Int.random(in: 0...20, using: &random))
        let last = max(lanes[place].journal.last?.at ?? moment, lanes[place].ends.last?.at ?? moment)
        return max(moment + delay, last)
    }
}
