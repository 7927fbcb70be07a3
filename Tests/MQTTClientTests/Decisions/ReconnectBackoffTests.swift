import TestSupport
import Testing

@testable import MQTTClient

@Suite("Waits between attempts to connect")
struct ReconnectBackoffTests {
    @Test("Waits grow from 100 ms to 30 s and stay there", arguments: 1...20)
    func grows(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var backoff = ReconnectBackoff()
        var ceiling = Duration.milliseconds(200)
        for _ in 0..<20 {
            let delay = backoff.next(using: &random)
            #expect(delay >= ceiling / 2)
            #expect(delay <= ceiling)
            ceiling = min(ceiling * 2, .seconds(30))
        }
    }

    @Test("Waits of two clients differ")
    func jitter() {
        var (one, other) = (ReconnectBackoff(), ReconnectBackoff())
        var (oneRandom, otherRandom) = (SeededRandom(seed: 1), SeededRandom(seed: 2))
        let ones = (0..<10).map { _ in one.next(using: &oneRandom) }
        let others = (0..<10).map { _ in other.next(using: &otherRandom) }
        #expect(zip(ones, others).allSatisfy { $0 != $1 })
    }

    @Test("After a reset the first wait is short again")
    func reset() {
        var random = SeededRandom()
        var backoff = ReconnectBackoff()
        for _ in 0..<10 { _ = backoff.next(using: &random) }
        backoff.reset()
        #expect(backoff.next(using: &random) <= .milliseconds(200))
    }

    @Test("A longer first wait can be asked for")
    func first() {
        var random = SeededRandom()
        var backoff = ReconnectBackoff(first: .seconds(1))
        #expect((Duration.seconds(1)...Duration.seconds(2)).contains(backoff.next(using: &random)))
        #expect((Duration.seconds(2)...Duration.seconds(4)).contains(backoff.next(using: &random)))
    }
}
