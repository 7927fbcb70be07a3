import Foundation
import Power
import TestSupport
import Testing

@testable import Agent

@Suite("Ten thousand random commands on a hundred outlets")
struct RandomCommandsTests {
    /// How many runs there are: `BUSBAR_SEEDS` asks for more.
    private static let seeds = ProcessInfo.processInfo.environment["BUSBAR_SEEDS"].flatMap(UInt64.init) ?? 3

    @Test(
        "end once each, in order, within every protection, and leave the outlets as the last one said, through power cuts too",
        .timeLimit(.minutes(10)),
        arguments: 1...Self.seeds
    )
    func rules(seed: UInt64) async {
        var fleet = ModelFleet(pdus: 10, outlets: 10, seed: seed)
        var burst = (left: 0, place: 0, outlet: ScheduleBench.number(1))
        for _ in 0..<(10_000 / Sanitizer.slowness) {
            // A long computation lets others have the thread.
            await Task.yield()
            var place = Int.random(in: fleet.lanes.indices, using: &fleet.random)
            var outlet = ScheduleBench.number(Int.random(in: 1...10, using: &fleet.random))
            if burst.left > 0 { (burst.left, place, outlet) = (burst.left - 1, burst.place, burst.outlet) }
            fleet.send(Self.command(using: &fleet.random, at: fleet.now.wallTime), to: place, outlet)
            if fleet.random.unit() < 0.002 { fleet.lanes[place].device.dieUntil(fleet.moment + .seconds(8)) }
            if fleet.random.unit() < 0.002 { fleet.cutPower(Int.random(in: fleet.lanes.indices, using: &fleet.random)) }
            // Bursts and lulls, so that queues fill and empty.
            if fleet.random.unit() < 0.005 { burst = (40, place, outlet) }
            let pause = fleet.random.unit() < 0.02 ? 20_000 : 40
            fleet.run(until: fleet.moment + .milliseconds(Int.random(in: 0...pause, using: &fleet.random)))
        }
        for place in fleet.lanes.indices { fleet.lanes[place].device.trouble = 0 }
        fleet.run(until: fleet.moment + .seconds(3600))

        let check = FleetCheck(fleet)
        check.everyCommandHasOneResult()
        check.onlyStartedCommandsSwitch()
        check.nothingHappensAfterTheResult()
        check.commandsRunInOrder()
        check.onlyEqualNeighboursShareASwitch()
        check.protectionsHold()
        check.circuitsHold()
        check.theLastCommandHolds()
    }

    private static func command(using random: inout RandomSource, at time: Date) -> Command {
        let actions: [Action] = [.on, .on, .on, .off, .off, .off, .toggle, .cycle, .cycle]
        var command = Command(actions[Int.random(in: actions.indices, using: &random)])
        if random.unit() < 0.3 { command.id = "id-\(random.next())" }
        command.force = random.unit() < 0.5
        if random.unit() < 0.05 { command.delay = .milliseconds(Int.random(in: 0...3000, using: &random)) }
        if random.unit() < 0.1 { command.deadline = time + Double.random(in: -1...10, using: &random) }
        if random.unit() < 0.2 { command.limit = .milliseconds(Int.random(in: 500...3000, using: &random)) }
        if command.action == .cycle { command.offTime = .milliseconds(Int.random(in: 100...2000, using: &random)) }
        if command.action.plainState != nil, random.unit() < 0.1 {
            command.holdTime = .milliseconds(Int.random(in: 100...5000, using: &random))
        }
        return command
    }
}
