import Testing

@testable import Agent

@Suite("Waking", .timeLimit(.minutes(10)))
struct TimekeeperTests {
    @Test("a signal given while nobody sleeps is kept, once")
    func kept() async {
        let signal = WakeSignal()
        signal.signal()
        signal.signal()
        await signal.wait()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            signal.signal()
            await group.next()
        }
    }

    @Test("cancelling wakes a sleeper")
    func cancelled() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await WakeSignal().wait() }
            group.cancelAll()
            await group.next()
        }
    }

    @Test("many sleepers are woken each at its moment, replaced and forgotten ones not")
    func timekeeper() async {
        let timekeeper = SystemTimekeeper()
        let begun = timekeeper.now
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let moment = begun + .milliseconds(number % 50)
                    await timekeeper.sleep(until: moment)
                    #expect(timekeeper.now >= moment)
                }
            }
        }
        let replaced = WakeSignal()
        timekeeper.wake(replaced, at: .never)
        timekeeper.wake(replaced, at: timekeeper.now + .seconds(1000))
        timekeeper.wake(replaced, at: timekeeper.now + .milliseconds(1))
        await replaced.wait()
        timekeeper.wake(replaced, at: .start)
        await replaced.wait()
    }
}
