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
        /// What becomes of the answer to that turn.
        var isDoubled = false
        var isReadLost = false
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

    /// What goes wrong once, at one step: a write of the journal, or a request to the device with its answer.
    struct StepFault: Sendable, CustomStringConvertible {
        enum Kind: Sendable, CaseIterable {
            /// The write fails; the request does not reach the device.
            case fails
            /// The device does what it was asked, and its answer is lost; for the journal the same as `fails`.
            case losesAnswer
            /// The device says no; for the journal the same as `fails`.
            case isRefused
            /// It is done twice and answered twice.
            case happensTwice
            /// The power fails before it, or after it and before anybody knows of it.
            case powerFailsBefore, powerFailsAfter
        }

        var kind: Kind
        /// Counted from 1, from the moment at which faults are set.
        var step: Int

        var description: String { "\(kind) at step \(step)" }
    }

    static let start = Moment.start + .seconds(1000)
    /// Switch-ons per second of the circuit `shared`.
    static let circuitRate = 20.0

    var lanes: [Lane]
    var moment = Self.start
    var random: RandomSource
    /// The share of the journal's writes that fail.
    var diskTrouble = 0.01
    private(set) var answers: [Answer] = []
    private(set) var sent: [Ticket] = []
    /// The steps taken since the fault was set.
    private(set) var steps = 0
    private(set) var fault: StepFault?
    /// Where the power is to fail, when what happens now has happened.
    private var powerFailsAt: Int?

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

    // MARK: - Faults

    /// Counts steps from now on, and lets one of them go wrong.
    mutating func set(_ fault: StepFault?) { (self.fault, steps) = (fault, 0) }

    private mutating func nextStep() -> StepFault.Kind? {
        steps += 1
        return fault.flatMap { $0.step == steps ? $0.kind : nil }
    }

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
            if powerFailsAt == nil { work(place) }
            if let place = powerFailsAt {
                powerFailsAt = nil
                cutPower(place)
            }
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
            if lanes[place].isDoubled {
                lanes[place].isDoubled = false
                report(pending.turn, pending.error, place)
            }
            return collect(place)
        }
        let turn = lanes[place].schedule.nextTurn(at: now)
        collect(place)
        switch turn {
        case .wait(let until):
            lanes[place].wakesAt = max(until, moment + .nanoseconds(1))
        case .set(let orders):
            let schedule = lanes[place].schedule
            let fate = nextStep()
            if fate == .powerFailsBefore { return powerFailsAt = place }
            // Only this request goes wrong, and in this way.
            let fixed: DriverError? =
                switch fate {
                case .fails: DriverError(.timeout, "lost on the way")
                case .isRefused: DriverError(.refused, "no")
                default: nil
                }
            for _ in 0..<(fate == .happensTwice ? 2 : 1) where fixed == nil {
                let error = lanes[place].device
                    .set(orders.mapValues(\.state), { schedule.outlets[$0]?.work }, at: moment, using: &random)
                begin(turn, fate == .losesAnswer ? DriverError(.timeout, "the answer was lost") : error, place)
            }
            if let fixed { begin(turn, fixed, place) }
            lanes[place].isDoubled = fate == .happensTwice
            if fate == .powerFailsAfter { powerFailsAt = place }
        case .read, .cycle:
            let fate = nextStep()
            if fate == .powerFailsBefore || fate == .powerFailsAfter { return powerFailsAt = place }
            lanes[place].isReadLost = fate.map { $0 != .happensTwice } ?? false
            lanes[place].isDoubled = fate == .happensTwice
            begin(turn, nil, place)
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
            if lanes[place].isReadLost {
                lanes[place].isReadLost = false
                let error = DriverError(.timeout, "no answer")
                return lanes[place].schedule.didFailToRead(scope, error, took: took, at: now)
            }
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
                    switch nextStep() {
                    case .powerFailsBefore: powerFailsAt = place
                    case .powerFailsAfter:
                        // It is on the disk, and was not told.
                        lanes[place].work[answer.ticket.number] = nil
                        powerFailsAt = place
                    default: break
                    }
                    lanes[place].ends.append((answer, flushed(place)))
                } else {
                    answers.append(answer)
                }
            case .journal(let entry, true):
                let fate = nextStep()
                let isFull: Bool =
                    switch fate {
                    case .fails, .losesAnswer, .isRefused: true
                    default: random.unit() < diskTrouble
                    }
                lanes[place].journal.append((entry, isFull ? "the disk is full" : nil, flushed(place)))
                if fate == .happensTwice { lanes[place].journal.append((entry, nil, flushed(place))) }
                if fate == .powerFailsAfter, let ticket = sent.first(where: { $0.number == entry.ticket }) {
                    lanes[place].work[entry.ticket] = (entry, ticket)
                }
                if fate == .powerFailsBefore || fate == .powerFailsAfter { powerFailsAt = place }
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
