import TestSupport
import Testing

@testable import MQTTClient

@Suite("Which subscriptions are granted")
struct SubscriptionLedgerTests {
    private let start = ContinuousClock.now
    private let a = Subscription("a")
    private let b = Subscription("b")

    private func asked(_ subscriptions: Subscription...) -> SubscriptionLedger {
        var ledger = SubscriptionLedger(subscriptions, now: start)
        for (index, subscription) in ledger.due(now: start).enumerated() {
            ledger.asked(for: subscription, packet: Int32(index + 1), now: start)
        }
        return ledger
    }

    @Test("It is complete when all are granted, in whatever order, and at once when there are none")
    func complete() {
        var random = SeededRandom()
        var ledger = asked(a, b)
        #expect(ledger.due(now: start).isEmpty)
        #expect(ledger.answered(packet: 2, isGranted: true, now: start, using: &random)?.subscription == b)
        #expect(!ledger.isComplete)
        #expect(ledger.answered(packet: 1, isGranted: true, now: start, using: &random)?.subscription == a)
        #expect(ledger.isComplete)
        #expect(asked().isComplete)
    }

    @Test("One that is not required is asked for again like the others, and nothing waits for it")
    func optional() {
        var random = SeededRandom()
        let extra = Subscription("extra", isRequired: false)
        var ledger = asked(extra, a)
        #expect(ledger.answered(packet: 1, isGranted: false, now: start, using: &random)?.subscription == extra)
        #expect(!ledger.isComplete)
        #expect(ledger.answered(packet: 2, isGranted: true, now: start, using: &random)?.subscription == a)
        #expect(ledger.isComplete)
        #expect(ledger.due(now: start + .seconds(2)) == [extra])
    }

    @Test("A refused one is asked for again, after growing waits")
    func refused() {
        var random = SeededRandom()
        var ledger = asked(a)
        #expect(ledger.answered(packet: 1, isGranted: false, now: start, using: &random)?.subscription == a)
        #expect(ledger.due(now: start + .milliseconds(200)).isEmpty)
        #expect(ledger.due(now: start + .milliseconds(500)) == [a])
        ledger.asked(for: a, packet: 9, now: start)
        #expect(ledger.answered(packet: 9, isGranted: false, now: start, using: &random)?.subscription == a)
        #expect(ledger.due(now: start + .milliseconds(490)).isEmpty)
        #expect(ledger.due(now: start + .seconds(1)) == [a])
    }

    @Test("One without an answer is asked for again, and the late answer counts for nothing")
    func unanswered() {
        var random = SeededRandom()
        var ledger = asked(a)
        #expect(ledger.due(now: start + .seconds(9)).isEmpty)
        #expect(ledger.due(now: start + .seconds(10)) == [a])
        ledger.asked(for: a, packet: 2, now: start + .seconds(10))
        #expect(ledger.answered(packet: 1, isGranted: true, now: start, using: &random) == nil)
        #expect(!ledger.isComplete)
    }

    @Test("Replacing asks only for what is new or different and names what is no longer wanted")
    func replacing() {
        var random = SeededRandom()
        var ledger = asked(a, b)
        _ = ledger.answered(packet: 1, isGranted: true, now: start, using: &random)
        _ = ledger.answered(packet: 2, isGranted: true, now: start, using: &random)
        let changed = Subscription("b", qos: .atMostOnce)
        #expect(ledger.replace(with: [a, changed, Subscription("c")], now: start).isEmpty)
        #expect(ledger.due(now: start) == [changed, Subscription("c")])
        #expect(ledger.replace(with: [a], now: start) == ["b", "c"])
        #expect(ledger.isComplete)
    }

    @Test("Of two for one filter the last one counts")
    func double() {
        let second = Subscription("a", qos: .atMostOnce)
        #expect(SubscriptionLedger([a, b, second], now: start).due(now: start) == [b, second])
    }
}
