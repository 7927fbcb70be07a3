import Foundation
import Power
import Testing

@testable import Agent

@Suite("A command for a load")
struct LoadWorkTests {
    private let mismatch = Outcome.failed(.mismatch, "one/1 still reads ON", state: .on)
    private let timeout = Outcome.unknown(.deviceTimeout, "one/1 did not answer")

    @Test("switches every feed at once and is done when each was read back")
    func plain() {
        var bench = LoadBench(Command(.off))
        bench.begin()
        #expect(bench.log == ["0 OFF", "1 OFF", "finish"])
        #expect(bench.work.conclusion.status == .done && bench.work.state == .off)
        #expect(bench.work.feedResults.map(\.status) == [.done, .done])
    }

    @Test("does nothing before every feed's outlet is kept for it")
    func gathering() {
        var bench = LoadBench(Command(.off))
        bench.keepsAtOnce = false
        bench.begin()
        bench.take(.feed(1, .ready))
        bench.wait(.seconds(60))
        #expect(bench.log.isEmpty)
        bench.take(.feed(0, .ready))
        #expect(bench.log == ["0 OFF", "1 OFF", "finish"])
    }

    @Test("switches nothing when one feed may not be switched")
    func refusedFeed() {
        var bench = LoadBench(Command(.off))
        bench.keepsAtOnce = false
        bench.begin()
        bench.take(.feed(1, .ready))
        bench.take(.feed(0, .refused(.rejected(.protected, "one/1 is protected"))))
        #expect(bench.log == ["finish"])
        #expect(bench.work.conclusion.status == .rejected && bench.work.conclusion.code == .protected)
        #expect(bench.work.feedResults.map(\.status) == [.rejected, nil])
    }

    @Test("is refused by what other loads need, and by a protection that came up while it waited")
    func refusedByCheck() {
        var bench = LoadBench(Command(.off, delay: .seconds(5)))
        bench.check.refusal = .rejected(.lockedOut, "has to stay ON")
        bench.finish()
        #expect(bench.log == ["journal delayed", "finish"])
        #expect(bench.work.conclusion.code == .lockedOut)
        bench = LoadBench(Command(.on))
        bench.refusal = .rejected(.requires, "server requires switch")
        bench.finish()
        #expect(bench.log == ["finish"] && bench.work.conclusion.code == .requires)
    }

    @Test("cycles: every feed off and read back off, then the off time, then every feed on")
    func cycle() {
        var bench = LoadBench(Command(.cycle))
        bench.faults[1] = [.take(.off): .silence]
        bench.begin()
        #expect(bench.log == ["journal acting", "0 OFF", "1 OFF"], "the journal has it before a feed goes off")
        bench.wait(.seconds(60))
        #expect(bench.log.count == 3, "the off time does not begin before the second feed is off")
        bench.states[1] = .off
        bench.take(.feed(1, .settled(.done(.off), .milliseconds(7))))
        bench.wait(.milliseconds(4999))
        #expect(bench.log.last == "journal held")
        bench.wait(.milliseconds(1))
        #expect(bench.log.suffix(3) == ["0 back ON", "1 back ON", "finish"])
        #expect(bench.work.conclusion.status == .done && bench.work.state == .on)
    }

    @Test("brings the others on again when a feed does not go off, and says what each did", arguments: [true, false])
    func feedStaysOn(isKnown: Bool) {
        var bench = LoadBench(Command(.cycle))
        bench.faults[0] = [.take(.off): .says(.settled(isKnown ? mismatch : timeout, .zero))]
        bench.begin()
        #expect(bench.log == ["journal acting", "0 OFF", "1 OFF", "0 back ON", "1 back ON", "finish"])
        #expect(bench.work.conclusion.status == (isKnown ? .failed : .unknown))
        #expect(bench.work.conclusion.message?.contains("one/1") == true)
        #expect(bench.work.state == .on)
        #expect(bench.work.feedResults.map(\.status) == [isKnown ? .failed : .unknown, .done])
    }

    @Test("keeps a feed off as long as it must stay off, when another one did not go off")
    func leastOffTime() {
        var bench = LoadBench(Command(.cycle))
        bench.check.leastHold = .seconds(2)
        bench.faults[0] = [.take(.off): .says(.settled(mismatch, .zero))]
        bench.begin()
        #expect(bench.log.last == "1 OFF")
        bench.wait(.seconds(2))
        #expect(bench.times == [0, 0, 0, 2, 2, 2])
    }

    @Test("with a stagger, leaves feeds alone whose turn comes after one that failed")
    func stagger() {
        var bench = LoadBench(Command(.cycle), stagger: .seconds(1))
        bench.finish()
        #expect(bench.log == ["journal acting", "0 OFF", "1 OFF", "journal held", "0 back ON", "1 back ON", "finish"])
        #expect(bench.times == [0, 0, 1, 1, 6, 7, 7])
        bench = LoadBench(Command(.cycle), stagger: .seconds(1))
        bench.faults[0] = [.take(.off): .says(.settled(mismatch, .zero))]
        bench.finish()
        #expect(bench.log == ["journal acting", "0 OFF", "0 back ON", "finish"])
        #expect(bench.work.feedResults.map(\.error?.code) == ["mismatch", "group_stopped"])
    }

    @Test("toggles what has power on any feed to off, and only what is off everywhere to on")
    func toggle() {
        for (states, wanted) in [([PowerState.on, .on], "OFF"), ([.on, .off], "OFF"), ([.off, .off], "ON")] {
            var bench = LoadBench(Command(.toggle), states: states)
            bench.begin()
            #expect(bench.log == ["0 read", "1 read", "0 \(wanted)", "1 \(wanted)", "finish"])
        }
    }

    @Test("on for a while comes back although one feed did not go on, and off for a while at once when one stays on")
    func holdTime() {
        var bench = LoadBench(Command(.on, holdTime: .seconds(5)), states: [.off, .off])
        bench.faults[0] = [.take(.on): .says(.settled(timeout, .zero))]
        bench.finish()
        #expect(bench.log == ["journal acting", "0 ON", "1 ON", "0 back OFF", "1 back OFF", "finish"])
        #expect(bench.times.suffix(3) == [5, 5, 5])
        bench = LoadBench(Command(.off, holdTime: .seconds(5)))
        bench.faults[0] = [.take(.off): .says(.settled(mismatch, .zero))]
        bench.finish()
        #expect(bench.times.last == 0)
    }

    @Test("waits its delay with the outlets kept, and expires when it may not begin any more")
    func delayAndDeadline() {
        var bench = LoadBench(Command(.off, delay: .seconds(5)))
        bench.finish()
        #expect(bench.log == ["journal delayed", "journal acting", "0 OFF", "1 OFF", "finish"])
        #expect(bench.times == [0, 5, 5, 5, 5])
        let deadline = bench.now.wallTime + 3
        bench = LoadBench(Command(.off, deadline: Date(timeIntervalSince1970: 1_800_001_003)))
        bench.keepsAtOnce = false
        bench.finish()
        #expect(deadline > bench.now.wallTime || bench.log == ["finish"])
        #expect(bench.work.conclusion.status == .expired && bench.times == [3])
    }

    @Test("is not begun when the journal cannot have it, and a named plain one waits for its note only a moment")
    func journal() {
        var bench = LoadBench(Command(.cycle))
        bench.journalFailure = "the disk is full"
        bench.finish()
        #expect(bench.log == ["journal acting", "finish"] && bench.work.conclusion.code == .journalFailed)
        bench = LoadBench(Command(.on, id: "a"), isNoted: false)
        bench.begin()
        #expect(bench.log.isEmpty)
        bench.wait(.milliseconds(100))
        #expect(bench.log == ["0 ON", "1 ON", "finish"])
        bench = LoadBench(Command(.on, id: "a"), isNoted: false)
        bench.begin()
        bench.take(.journalled(.accepted, refusal: nil))
        #expect(bench.log == ["0 ON", "1 ON", "finish"] && bench.times == [0, 0, 0])
    }

    @Test("lets go the feeds that are back when another one's device stays silent")
    func silentOnTheWayBack() {
        var bench = LoadBench(Command(.cycle))
        bench.faults[1] = [.comeBack(.on): .silence]
        bench.begin()
        bench.wait(.seconds(5) + .milliseconds(14_999))
        #expect(bench.log.last == "1 back ON")
        bench.wait(.milliseconds(1))
        #expect(bench.log.last == "release [0]")
        bench.wait(.seconds(3600))
        #expect(!bench.work.isOver, "it is tried as long as the way back of a cycle is")
        bench.take(.feed(1, .settled(.done(.on), .zero)))
        #expect(bench.log.last == "finish" && bench.work.conclusion.status == .done)
    }

    @Test("says which feed could not be switched back on")
    func notBack() {
        var bench = LoadBench(Command(.cycle))
        let refused = Outcome.failed(.deviceError, "the device refuses", state: .off)
        bench.faults[1] = [.comeBack(.on): .says(.settled(refused, .zero))]
        bench.finish()
        #expect(bench.work.conclusion.status == .failed && bench.work.state == .mixed)
        #expect(bench.work.conclusion.message == "two/2: the device refuses; server is MIXED")
    }

    @Test("of an earlier process is finished: every feed is switched on, whatever was told before")
    func recovered() {
        var bench = LoadBench(Command(.cycle), states: [.off, .on], recovered: (.acting, .seconds(2)))
        bench.finish()
        #expect(bench.log == ["0 back ON", "1 back ON", "finish"] && bench.times == [2, 2, 2])
        #expect(bench.work.conclusion.code == .agentDied && bench.work.state == .on)
        bench = LoadBench(Command(.cycle), states: [.off, .off], recovered: (.held, .seconds(-9)))
        bench.finish()
        #expect(bench.times == [0, 0, 0] && bench.work.conclusion.status == .done)
        bench = LoadBench(Command(.off, delay: .seconds(9)), recovered: (.delayed, .seconds(4)))
        bench.finish()
        #expect(bench.log == ["journal acting", "0 OFF", "1 OFF", "finish"] && bench.times.last == 4)
    }

    @Test("of an earlier process brings the other feeds back although one is not there any more")
    func recoveredWithoutFeed() {
        var bench = LoadBench(Command(.cycle), states: [.off, .off], recovered: (.held, .zero))
        bench.keepsAtOnce = false
        bench.begin()
        bench.take(.feed(1, .refused(.rejected(.unknownPDU, "two is gone"))))
        bench.take(.feed(0, .ready))
        #expect(bench.log == ["0 back ON", "finish"])
        #expect(bench.work.conclusion.status == .failed && bench.work.conclusion.code == .unknownPDU)
    }

    @Test("is left in the journal when the agent stops in the middle, and refused when it had not begun")
    func stopping() {
        var bench = LoadBench(Command(.cycle))
        bench.begin()
        bench.take(.stop(until: bench.moment + .seconds(3)))
        #expect(bench.log.last == "leave")
        bench = LoadBench(Command(.cycle))
        bench.begin()
        bench.take(.stop(until: bench.moment + .seconds(6)))
        bench.wait(.seconds(5))
        #expect(bench.log.last == "finish" && bench.work.conclusion.status == .done)
        bench = LoadBench(Command(.cycle))
        bench.keepsAtOnce = false
        bench.begin()
        bench.take(.stop(until: bench.moment + .seconds(5)))
        #expect(bench.log == ["finish"] && bench.work.conclusion.code == .stopping)
    }

    @Test("goes back at once when a feed's PDU leaves the configuration")
    func hurry() {
        var bench = LoadBench(Command(.cycle))
        bench.begin()
        bench.wait(.seconds(1))
        bench.take(.feed(0, .hurry(.rejected(.unknownPDU, "one was removed from the configuration"))))
        #expect(bench.log.suffix(3) == ["0 back ON", "1 back ON", "finish"] && bench.times.last == 1)
        #expect(bench.work.conclusion.status == .failed && bench.work.conclusion.code == .unknownPDU)
    }
}
