import TestSupport
import Testing

@testable import MQTTClient

@Suite("Which subscriptions are granted")
struct SubscriptionLedgerTests {
    private let start = ContinuousClock.now
    private let a = Subscription("a")
    private let b = Subscription("b")

    /// A ledger whose broker is quick, and is asked for everything at once.
    private func quick(_ subscriptions: [Subscription]) -> SubscriptionLedger {
        var random = SeededRandom()
        var ledger = SubscriptionLedger([Subscription("first")])
        #expect(ledger.due(now: start).count == 1)
        ledger.asked(for: [Subscription("first")], packet: 0, now: start)
        #expect(ledger.answer(0, 1, now: start, using: &random).count == 1)
        #expect(ledger.replace(with: subscriptions) == ["first"])
        return ledger
    }

    private func asked(_ subscriptions: Subscription...) -> SubscriptionLedger {
        var ledger = quick(subscriptions)
        for (index, some) in ledger.due(now: start).enumerated() {
            ledger.asked(for: some, packet: Int32(index + 1), now: start)
        }
        return ledger
    }

    @Test("It is complete when all are granted, in whatever order, and at once when there are none")
    func complete() {
        var random = SeededRandom()
        var ledger = asked(a, b)
        #expect(ledger.due(now: start).isEmpty)
        #expect(ledger.answer(2, 1, now: start, using: &random) == [b])
        #expect(!ledger.isComplete)
        #expect(ledger.answer(1, 1, now: start, using: &random) == [a])
        #expect(ledger.isComplete)
        #expect(asked().isComplete)
    }

    @Test("One that is not required is asked for again like the others, and nothing waits for it")
    func optional() {
        var random = SeededRandom()
        let extra = Subscription("extra", isRequired: false)
        var ledger = asked(extra, a)
        #expect(ledger.answer(1, 0x80, now: start, using: &random) == [extra])
        #expect(!ledger.isComplete)
        #expect(ledger.answer(2, 1, now: start, using: &random) == [a])
        #expect(ledger.isComplete)
        #expect(ledger.due(now: start + .seconds(2)) == [[extra]])
    }

    @Test("A part can be changed: what stays is left alone, and what comes back is asked for once")
    func changed() {
        var random = SeededRandom()
        var ledger = asked(a, b)
        #expect(ledger.answer(1, 1, now: start, using: &random) == [a])
        let (c, other) = (Subscription("c"), Subscription("b", isRequired: false))
        #expect(ledger.change(adding: [a, c], removing: ["b", "none"]) == ["b"])
        #expect(ledger.due(now: start) == [[c]])
        // The answer to what nobody wants any more.
        #expect(ledger.answer(2, 1, now: start, using: &random) == [])
        #expect(ledger.change(adding: [], removing: ["c"]) == ["c"])
        #expect(ledger.isComplete)
        #expect(ledger.change(adding: [c, b], removing: []) == [])
        #expect(ledger.change(adding: [other], removing: ["c"]) == ["c"])
        #expect(ledger.change(adding: [c], removing: []) == [])
        #expect(ledger.due(now: start) == [[other], [c]])
        #expect(!ledger.isComplete)
        ledger.asked(for: [c], packet: 7, now: start)
        #expect(ledger.answer(7, 1, now: start, using: &random) == [c])
        #expect(ledger.isComplete)
    }

    @Test("Another connection asks for all again, in the order in which they were wanted")
    func anotherConnection() {
        var random = SeededRandom()
        var ledger = asked(b, a)
        #expect(ledger.answer(1, 1, now: start, using: &random) == [b])
        #expect(ledger.answer(2, 1, now: start, using: &random) == [a])
        ledger.begin()
        #expect(!ledger.isComplete)
        #expect(ledger.answer(2, 1, now: start, using: &random) == [])
        #expect(ledger.due(now: start) == [[b]])
        ledger.asked(for: [b], packet: 1, now: start)
        #expect(ledger.due(now: start).isEmpty && !ledger.hasDue)
        #expect(ledger.answer(1, 1, now: start, using: &random) == [b])
        #expect(ledger.hasDue && ledger.due(now: start) == [[a]])
    }

    @Test("A broker that takes its time over each is asked for one after the other, until it is quick")
    func oneByOne() {
        var random = SeededRandom()
        let all = ["a", "b", "c", "d", "e"].map { Subscription($0) }
        var ledger = SubscriptionLedger(all)
        var now = start
        for (number, one) in all.prefix(3).enumerated() {
            #expect(ledger.due(now: now) == [[one]])
            ledger.asked(for: [one], packet: Int32(number), now: now)
            #expect(ledger.due(now: now) == [] && !ledger.hasDue)
            // The third is refused, after just the time that a quick one may take over the round trip.
            now += number < 2 ? .milliseconds(301) : .milliseconds(300)
            _ = ledger.answered(
                packet: Int32(number),
                reasons: [number < 2 ? 1 : 0x80],
                now: now,
                roundTrip: .milliseconds(250),
                using: &random
            )
        }
        #expect(ledger.hasDue && ledger.due(now: now) == [[all[3]], [all[4]]])
        #expect(ledger.due(now: now + .seconds(1)) == [[all[2]]])
    }

    @Test("One that is refused after a while is asked for again before the others, twice")
    func refusedSlowly() {
        var random = SeededRandom()
        var ledger = SubscriptionLedger([a, b])
        var now = start
        for packet: Int32 in 0..<3 {
            #expect(ledger.due(now: now) == [[a]])
            ledger.asked(for: [a], packet: packet, now: now)
            now += .seconds(4)
            #expect(ledger.answer(packet, 0x80, now: now, using: &random) == [a])
        }
        #expect(ledger.due(now: now) == [[b]])
    }

    @Test("What waits at a slow broker is made less, down to one packet of as many as belong together")
    func manyAtSlowBroker() {
        var random = SeededRandom()
        let all = (0..<300).map { Subscription("a/\($0)") }
        var ledger = SubscriptionLedger(all)
        var now = start
        var number: Int32 = 0
        /// Asks for what is due, and tells for how many in each packet.
        func ask() -> [Int] {
            ledger.due(now: now).map { packet in
                number += 1
                ledger.asked(for: packet, packet: number, now: now)
                return packet.count
            }
        }
        func answer(_ packet: Int32, refusing refused: Int = 0) {
            let reasons = [Int32](repeating: 1, count: 50 - refused) + [Int32](repeating: 0x80, count: refused)
            #expect(ledger.answered(packet: packet, reasons: reasons, now: now, using: &random).count == 50)
        }
        #expect(ask() == [50])
        answer(1)
        #expect(ask() == [50, 50, 50, 50])
        now += .seconds(1)
        answer(2)
        #expect(ask() == [] && ledger.isWaiting)
        answer(3)
        answer(4, refusing: 2)
        #expect(ask() == [])
        answer(5)
        // The two that were refused and the last 50 are too many to be asked for one after the other.
        #expect(ask() == [50])
        now += .seconds(1)
        answer(6)
        #expect(ask() == [1] && ask() == [])
    }

    @Test("A broker is given more time for a packet with many")
    func slowWithMany() {
        let all = (0..<50).map { Subscription("a/\($0)") }
        var ledger = SubscriptionLedger(all)
        #expect(ledger.due(now: start) == [all])
        ledger.asked(for: all, packet: 1, now: start)
        #expect(ledger.due(now: start + .milliseconds(58_999)).isEmpty)
        #expect(ledger.due(now: start + .seconds(59)) == [all])
    }

    @Test("A refused one is asked for again, after growing waits")
    func refused() {
        var random = SeededRandom()
        var ledger = asked(a)
        #expect(ledger.answer(1, 0x80, now: start, using: &random) == [a])
        #expect(ledger.due(now: start + .milliseconds(200)).isEmpty)
        #expect(ledger.due(now: start + .milliseconds(500)) == [[a]])
        ledger.asked(for: [a], packet: 9, now: start)
        #expect(ledger.answer(9, 0x80, now: start, using: &random) == [a])
        #expect(ledger.due(now: start + .milliseconds(490)).isEmpty)
        #expect(ledger.due(now: start + .seconds(1)) == [[a]])
    }

    @Test("One without an answer is asked for again, and the late answer counts for nothing")
    func unanswered() {
        var random = SeededRandom()
        var ledger = asked(a)
        #expect(ledger.due(now: start + .seconds(9)).isEmpty)
        #expect(ledger.due(now: start + .milliseconds(10_002)) == [[a]])
        ledger.asked(for: [a], packet: 2, now: start + .milliseconds(10_002))
        #expect(ledger.answer(1, 1, now: start, using: &random) == [])
        #expect(!ledger.isComplete)
    }

    @Test("A broker that answers one after the other is not asked again for those that wait")
    func slow() {
        var random = SeededRandom()
        var ledger = asked(a, b)
        #expect(ledger.answer(1, 1, now: start + .seconds(8), using: &random) == [a])
        #expect(ledger.due(now: start + .seconds(17)).isEmpty)
        #expect(ledger.due(now: start + .seconds(18)) == [[b]])
    }

    @Test("Replacing asks only for what is new or different and names what is no longer wanted")
    func replacing() {
        var random = SeededRandom()
        var ledger = asked(a, b)
        _ = ledger.answer(1, 1, now: start, using: &random)
        _ = ledger.answer(2, 1, now: start, using: &random)
        let changed = Subscription("b", qos: .atMostOnce)
        #expect(ledger.replace(with: [a, changed, Subscription("c")]).isEmpty)
        #expect(ledger.due(now: start) == [[changed], [Subscription("c")]])
        #expect(ledger.replace(with: [a]) == ["b", "c"])
        #expect(ledger.isComplete)
    }

    @Test("Of two for one filter the last one counts")
    func double() {
        let second = Subscription("a", qos: .atMostOnce)
        var ledger = quick([a, b, second])
        #expect(ledger.due(now: start) == [[b], [second]])
    }

    @Test("Many are asked for together where they are alike, and each has its own answer")
    func many() {
        var random = SeededRandom()
        let alike = (0..<120).map { Subscription("a/\($0)") }
        let other = Subscription("other", qos: .atMostOnce)
        var ledger = quick(alike + [other])
        let packets = ledger.due(now: start)
        #expect(packets.map(\.count) == [50, 50, 20, 1] && packets.flatMap(\.self) == alike + [other])
        for (number, some) in packets.enumerated() { ledger.asked(for: some, packet: Int32(number), now: start) }
        #expect(ledger.due(now: start) == [])
        var reasons = [Int32](repeating: 1, count: 50)
        reasons[7] = 0x87
        let first = ledger.answered(packet: 0, reasons: reasons, now: start, using: &random)
        #expect(first.filter { $0.reason == 0x87 }.map(\.subscription) == [alike[7]] && first.count == 50)
        // An answer that is too short leaves the rest open.
        #expect(ledger.answer(1, 1, now: start, using: &random) == [alike[50]])
        reasons[7] = 1
        #expect(ledger.answered(packet: 2, reasons: reasons, now: start, using: &random).count == 20)
        #expect(ledger.answer(3, 0, now: start, using: &random) == [other])
        #expect(!ledger.isComplete)
        let again = ledger.due(now: start + .seconds(60))
        #expect(again.flatMap(\.self) == [alike[7]] + alike[51..<100])
        #expect(again.count == 1)
        ledger.asked(for: again[0], packet: 9, now: start + .seconds(60))
        #expect(
            ledger.answered(packet: 9, reasons: reasons, now: start, using: &random).count == 50 && ledger.isComplete
        )
        // What changes in between is asked for under the new number, and an old answer does not count for it.
        ledger = quick(alike)
        for (number, some) in ledger.due(now: start).enumerated() {
            ledger.asked(for: some, packet: Int32(number), now: start)
        }
        let changed = Subscription("a/0", qos: .atMostOnce)
        #expect(ledger.replace(with: [changed, alike[1]]).count == 118)
        #expect(
            ledger.answered(packet: 0, reasons: reasons, now: start, using: &random).map(\.subscription) == [alike[1]]
        )
        #expect(!ledger.isComplete && ledger.due(now: start) == [[changed]])
    }
}

extension SubscriptionLedger {
    /// The answer to a packet for one subscription.
    fileprivate mutating func answer(
        _ packet: Int32,
        _ reason: Int32,
        now: Instant,
        using random: inout SeededRandom
    ) -> [Subscription] {
        answered(packet: packet, reasons: [reason], now: now, using: &random).map(\.subscription)
    }
}
