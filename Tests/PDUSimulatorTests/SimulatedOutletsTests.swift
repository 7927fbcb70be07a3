import PDUSimulator
import Power
import Testing

@Suite("The outlets of a simulated device")
struct SimulatedOutletsTests {
    private func second(_ number: Double) -> Duration { .seconds(number) }

    @Test("switch at once and tell it after the lag")
    func lag() {
        var outlets = SimulatedOutlets(count: 2)
        outlets.perform(.switchTo(.on), on: 1, at: second(10), lag: second(2))
        #expect(outlets.state(of: 1, at: second(10)) == .on)
        #expect(outlets.reportedState(of: 1, at: second(11.9)) == .off)
        #expect(outlets.isPending(1, at: second(11.9)))
        #expect(outlets.reportedState(of: 1, at: second(12)) == .on)
        #expect(!outlets.isPending(1, at: second(12)))
        #expect(outlets.state(of: 2, at: second(12)) == .off)
    }

    @Test("cycle by themselves, after a delay too")
    func cycle() {
        var outlets = SimulatedOutlets(count: 1, state: .on)
        outlets.perform(.cycle(after: second(3), offTime: second(5)), on: 1, at: second(10))
        let states = [12.9, 13, 17.9, 18].map { outlets.state(of: 1, at: second($0)) }
        #expect(states == [.on, .off, .off, .on])
    }

    @Test("forget what was yet to come when they get another order", arguments: [true, false])
    func superseded(isCancel: Bool) {
        var outlets = SimulatedOutlets(count: 1, state: .on)
        outlets.perform(.cycle(after: .zero, offTime: second(5)), on: 1, at: second(10))
        outlets.perform(isCancel ? .cancel : .switchTo(.off), on: 1, at: second(11))
        #expect(outlets.state(of: 1, at: second(100)) == .off)
        outlets.perform(.switchLater(.on, after: second(5)), on: 1, at: second(200))
        outlets.perform(.press, on: 1, at: second(201))
        #expect(outlets.state(of: 1, at: second(202)) == .on)
        outlets.perform(.press, on: 1, at: second(203))
        #expect(outlets.state(of: 1, at: second(300)) == .off)
    }

    @Test("count the time they have been on, over any number of switches")
    func timeOn() {
        var outlets = SimulatedOutlets(count: 1, state: .off, since: .zero)
        for round in 0..<500 {
            let start = Double(round) * 10
            outlets.perform(.switchTo(.on), on: 1, at: second(start))
            outlets.perform(.switchTo(.off), on: 1, at: second(start + 4))
        }
        #expect(outlets.timeOn(1, at: second(5_000)) == second(2_000))
    }

    @Test("that do not exist are left alone")
    func missing() {
        var outlets = SimulatedOutlets(count: 1)
        for number in [0, -1, 2, .max, .min] {
            outlets.perform(.press, on: number, at: second(1))
            #expect(outlets.state(of: number, at: second(1)) == nil)
        }
        #expect(outlets == SimulatedOutlets(count: 1))
    }
}
