import Glibc
import Loop
import Synchronization
import Testing

@Suite("The loop", .timeLimit(.minutes(10)))
struct LoopTests {
    private let loop = Loop(name: "test")

    /// Hands out what happened, in its order.
    private final class Notes<Value: Sendable>: Sendable {
        private let values = Mutex<[Value]>([])

        func add(_ value: Value) { values.withLock { $0.append(value) } }

        var all: [Value] { values.withLock(\.self) }
    }

    /// Does something on the loop and waits until it is done.
    private func onLoop<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute("a test") { continuation.resume(returning: body()) }
        }
    }

    @Test("does what it is given in order, from wherever it comes")
    func order() async {
        let notes = Notes<Int>()
        for number in 0..<10_000 { loop.execute("a test") { notes.add(number) } }
        await loop.nextTurn()
        #expect(notes.all == Array(0..<10_000))
        loop.stop()
    }

    @Test("does what is given to it on the loop later and never at once")
    func reentrancy() async {
        let notes = Notes<String>()
        await onLoop { [loop] in
            loop.execute("a test") { notes.add("later") }
            notes.add("first")
        }
        await loop.nextTurn()
        #expect(notes.all == ["first", "later"])
        loop.stop()
    }

    @Test("knows whether the caller is on it")
    func isCurrent() async {
        let loop = loop
        #expect(await onLoop { loop.isCurrent })
        #expect(!loop.isCurrent)
        loop.stop()
    }

    @Test("rings timers in the order of their times, and none that was cancelled or set anew")
    func timers() async {
        let notes = Notes<String>()
        // A timer rings only while it is there.
        let held = Notes<LoopTimer>()
        let all = ["late", "early", "cancelled"].map { name in LoopTimer(on: loop, label: "a test") { notes.add(name) }
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let end = LoopTimer(on: loop, label: "a test") { continuation.resume() }
            for timer in all + [end] { held.add(timer) }
            loop.execute("a test") {
                let now = Loop.now
                all[0].ring(at: now + 1_000)
                all[0].ring(at: now + 3_000_000)
                all[1].ring(at: now + 2_000_000)
                all[2].ring(at: now + 1_000)
                all[2].cancel()
                end.ring(at: now + 4_000_000)
            }
        }
        #expect(notes.all == ["early", "late"] && held.all.count == 4)
        loop.stop()
    }

    @Test("tells what happens to a descriptor until the watch is cancelled")
    func sources() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        let (signals, signal) = AsyncStream.makeStream(of: UInt8.self)
        let source = LoopSource(reader, on: loop, label: "a test") { events in
            var byte: UInt8 = 0
            if events.contains(.readable), read(reader, &byte, 1) == 1 { signal.yield(byte) }
        }
        source.watch(for: .readable, instead: [])
        var iterator = signals.makeAsyncIterator()
        for byte in [UInt8(1), 2] {
            var sent = byte
            #expect(write(writer, &sent, 1) == 1)
            #expect(await iterator.next() == byte)
        }
        await onLoop { source.cancel(.readable) }
        var byte: UInt8 = 3
        #expect(write(writer, &byte, 1) == 1)
        await loop.nextTurn()
        await loop.nextTurn()
        // Nobody has read it.
        #expect(read(reader, &byte, 1) == 1 && byte == 3)
        close(reader)
        close(writer)
        loop.stop()
    }

    @Test("lets sockets and timers have their turn while work makes ever more work")
    func fairness() async {
        let rounds = Notes<Int>()
        let rang = Notes<Bool>()
        let held = Notes<LoopTimer>()
        await withTaskExecutorPreference(loop.tasks) { [loop] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while rang.all.isEmpty {
                        rounds.add(1)
                        await loop.nextTurn()
                    }
                }
                group.addTask {
                    await withCheckedContinuation { continuation in
                        let timer = LoopTimer(on: loop, label: "a test") { continuation.resume() }
                        held.add(timer)
                        timer.ring(after: .milliseconds(5))
                    }
                    rang.add(true)
                }
            }
        }
        #expect(!rounds.all.isEmpty && held.all.count == 1)
        loop.stop()
    }

    private actor Part {
        let loop: Loop
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

        init(_ loop: Loop) { self.loop = loop }

        func isOnLoop() -> Bool { loop.isCurrent }

        func ask(_ other: Part) async -> Bool { await other.isOnLoop() && loop.isCurrent }
    }

    @Test("runs actors of the same loop and the tasks that prefer it on its one thread")
    func executors() async {
        let (one, other) = (Part(loop), Part(loop))
        #expect(await one.ask(other))
        let loop = loop
        await withTaskExecutorPreference(loop.tasks) {
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 { group.addTask { await one.ask(other) && loop.isCurrent } }
                for await isOnLoop in group { #expect(isOnLoop) }
            }
        }
        #expect(await onLoop { one.assumeIsolated { $0.loop.isCurrent } })
        loop.stop()
    }

    @Test("says what has held it up")
    func pauses() async {
        let (pauses, told) = AsyncStream.makeStream(of: String.self)
        loop.whenHeldUp { pause, label in told.yield("\(label)\(pause >= .milliseconds(50) ? "" : " too early")") }
        loop.execute("something slow") {
            let end = Loop.now + 60_000_000
            while Loop.now < end {}
        }
        var iterator = pauses.makeAsyncIterator()
        #expect(await iterator.next() == "something slow")
        #expect(loop.longestPause >= .milliseconds(60))
        loop.stop()
    }
}
