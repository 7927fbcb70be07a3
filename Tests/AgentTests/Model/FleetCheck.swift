import Power
import Testing

@testable import Agent

/// Holds what the devices were told, and what the senders were told, against the rules.
struct FleetCheck {
    typealias Switch = ModelDevice.Switch

    private let fleet: ModelFleet
    private let answers: [UInt64: ModelFleet.Answer]
    /// What each outlet was told, in order.
    private let records: [OutletID: [Switch]]

    init(_ fleet: ModelFleet) {
        self.fleet = fleet
        answers = Dictionary(fleet.answers.map { ($0.ticket.number, $0) }) { first, _ in first }
        var records: [OutletID: [Switch]] = [:]
        for lane in fleet.lanes {
            for entry in lane.device.record {
                records[OutletID(pdu: lane.schedule.rules.pdu, outlet: entry.outlet), default: []].append(entry)
            }
        }
        self.records = records
    }

    private func rules(_ outlet: OutletID) -> OutletRules {
        fleet.lanes.first { $0.schedule.rules.pdu == outlet.pdu }?.schedule.rules.outlet(outlet.outlet) ?? OutletRules()
    }

    func everyCommandHasOneResult() {
        #expect(fleet.answers.count == fleet.sent.count)
        #expect(answers.count == fleet.sent.count)
        // The faults and limits were felt, or this proves little.
        for status in Outcome.Status.allCases {
            #expect(fleet.answers.contains { $0.outcome.status == status }, "no command ended \(status)")
        }
    }

    func onlyStartedCommandsSwitch() {
        for (outlet, record) in records {
            for entry in record {
                #expect(!entry.tickets.isEmpty, "\(outlet) was switched for nobody")
                for ticket in entry.tickets {
                    let isMeant =
                        switch ticket.command.action {
                        case .on, .off: (ticket.command.action.plainState == entry.state) != entry.isWayBack
                        case .cycle: (entry.state == .off) != entry.isWayBack
                        case .toggle: !entry.isWayBack
                        }
                    #expect(isMeant, "\(outlet) \(entry.state) is not what \(ticket.command) says")
                    let status = answers[ticket.number]?.outcome.status
                    #expect(
                        status == .done || status == .failed || status == .unknown,
                        "\(ticket) ended \(status as Any)"
                    )
                }
            }
        }
    }

    func nothingHappensAfterTheResult() {
        for (outlet, record) in records {
            for entry in record {
                for ticket in entry.tickets {
                    guard let answer = answers[ticket.number] else { continue }
                    #expect(entry.at <= answer.at, "\(outlet) was switched for \(ticket) after its result")
                }
            }
        }
    }

    func commandsRunInOrder() {
        for (outlet, record) in records {
            let order = record.compactMap { $0.tickets.first?.number }
            // Ascending, and so no other command gets between the steps of one.
            #expect(zip(order, order.dropFirst()).allSatisfy { $0 <= $1 }, "\(outlet)")
        }
        let started = fleet.answers.filter { $0.startedAt != nil }
        for (outlet, answers) in Dictionary(grouping: started, by: \.ticket.outlet) {
            let order = answers.map(\.ticket.number)
            #expect(zip(order, order.dropFirst()).allSatisfy { $0 < $1 }, "\(outlet)")
        }
    }

    func onlyEqualNeighboursShareASwitch() {
        let started = Set(fleet.answers.filter { $0.startedAt != nil }.map(\.ticket.number))
        let byOutlet = Dictionary(grouping: fleet.sent, by: \.outlet)
        var shared = 0
        for entry in records.values.joined() where entry.tickets.count > 1 {
            shared += 1
            guard let first = entry.tickets.first, let last = entry.tickets.last else { continue }
            #expect(entry.tickets.allSatisfy { $0.command.action == first.command.action && $0.command.isPlainSwitch })
            let numbers = Set(entry.tickets.map(\.number))
            let between = byOutlet[first.outlet, default: []]
                .filter { first.number < $0.number && $0.number < last.number && !numbers.contains($0.number) }
            #expect(between.allSatisfy { !started.contains($0.number) })
        }
        #expect(shared > 0)
    }

    func protectionsHold() {
        for (outlet, record) in records {
            let rules = rules(outlet)
            if rules.isOffForbidden { #expect(record.allSatisfy { $0.state == .on }) }
            if rules.isProtected { #expect(record.allSatisfy { $0.tickets.allSatisfy(\.command.force) }) }
            if let most = rules.maximumCyclesPerHour { expectRate(record, most) }
            var state = PowerState.off
            var since = ModelFleet.start + .seconds(-3600)
            for entry in record where entry.wasExecuted && entry.state != state {
                let least = state == .on ? rules.minimumOnTime : rules.minimumOffTime
                if let least {
                    #expect(entry.at - since >= least, "\(outlet) was \(state) for \(entry.at - since) only")
                }
                (state, since) = (entry.state, entry.at)
            }
        }
    }

    private func expectRate(_ record: [Switch], _ most: Int) {
        var starts: [UInt64: Moment] = [:]
        for entry in record {
            guard let ticket = entry.tickets.first, ticket.command.action == .cycle else { continue }
            starts[ticket.number] = starts[ticket.number] ?? entry.at
        }
        let times = starts.values.sorted()
        for (first, last) in zip(times, times.dropFirst(most)) { #expect(last - first >= .seconds(3600)) }
    }

    func circuitsHold() {
        let times = records.filter { rules($0.key).circuit != nil }.values.joined()
            .filter { $0.state == .on }.map(\.at).sorted()
        #expect(times.count > 100)
        let least = Duration.seconds(1 / ModelFleet.circuitRate)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= least })
    }

    func theLastCommandHolds() {
        // What a start after a power cut finishes has no moment at which it began.
        let started = fleet.answers.filter { $0.startedAt != nil || $0.outcome.status == .done }
        for (outlet, answers) in Dictionary(grouping: started, by: \.ticket.outlet) {
            guard let last = answers.last, last.outcome.status == .done else { continue }
            let device = fleet.lanes.first { $0.schedule.rules.pdu == outlet.pdu }?.device
            #expect(device?.states[outlet.outlet] == last.outcome.state, "\(outlet)")
        }
    }
}
