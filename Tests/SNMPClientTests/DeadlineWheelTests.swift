import Testing

@testable import SNMPClient

@Suite("Deadlines")
struct DeadlineWheelTests {
    private let second: UInt64 = 1_000_000_000
    private let start: UInt64 = 5_000_000_000

    @Test("a deadline passes at its time or at most a slot later, and once")
    func passes() {
        var wheel = DeadlineWheel()
        _ = wheel.add(1, at: start + second, now: start)
        #expect(wheel.expire(now: start + second - 1) == [])
        #expect(wheel.expire(now: start + second + DeadlineWheel.tickLength) == [1])
        #expect(wheel.expire(now: start + 9 * second) == [])
        #expect(wheel.count == 0)
    }

    @Test("a deadline that was removed does not pass")
    func removed() {
        var wheel = DeadlineWheel()
        let entry = wheel.add(1, at: start + second, now: start)
        wheel.remove(entry)
        wheel.remove(entry)
        #expect(wheel.nextWake == nil)
        #expect(wheel.expire(now: start + 2 * second) == [])
    }

    @Test("deadlines beyond the wheel's turn pass in their own turn", arguments: [6, 60, 600] as [UInt64])
    func far(_ seconds: UInt64) {
        var wheel = DeadlineWheel()
        _ = wheel.add(1, at: start + seconds * second, now: start)
        var now = start
        var wakes = 0
        while let wake = wheel.nextWake, wakes < 1000 {
            #expect(wake > now)
            now = wake
            wakes += 1
            if wheel.expire(now: now) == [1] { break }
        }
        #expect(now >= start + seconds * second)
        #expect(now <= start + seconds * second + DeadlineWheel.tickLength)
    }

    @Test("the next wake is never after the first deadline")
    func nextWake() {
        var wheel = DeadlineWheel()
        _ = wheel.add(1, at: start + 3 * second, now: start)
        _ = wheel.add(2, at: start + second, now: start)
        let wake = wheel.nextWake ?? 0
        #expect(wake >= start + second)
        #expect(wake <= start + second + DeadlineWheel.tickLength)
    }

    @Test("after a long sleep every deadline passes at once")
    func longSleep() {
        var wheel = DeadlineWheel()
        for token in 1...100 as ClosedRange<UInt64> {
            _ = wheel.add(token, at: start + token * second, now: start)
        }
        #expect(wheel.expire(now: start + 500 * second).sorted() == Array(1...100))
    }

    @Test("a deadline in the past passes in the next slot")
    func past() {
        var wheel = DeadlineWheel()
        _ = wheel.add(1, at: start - second, now: start)
        #expect(wheel.expire(now: start + DeadlineWheel.tickLength) == [1])
    }
}
