import Dispatch
import Synchronization
import Testing

@testable import HostNames

@Suite("Hosts' names", .timeLimit(.minutes(10)))
struct HostNamesTests {
    /// A name server that does not answer until it is told to.
    private final class SlowServer: Sendable {
        let gate = DispatchSemaphore(value: 0)
        let asked = Mutex<[String]>([])

        func answer(_ host: String) -> HostNames.Answer {
            asked.withLock { $0.append(host) }
            if host.hasPrefix("slow") { gate.wait() }
            return .success(["192.0.2.1"])
        }
    }

    @Test("are found with every address, of both families")
    func system() async throws {
        let found = try await HostNames.shared.addresses(of: "localhost").get()
        #expect(found.contains("127.0.0.1") || found.contains("::1"))
        #expect(try await HostNames.shared.addresses(of: "127.0.0.1").get() == ["127.0.0.1"])
        #expect(try await HostNames.shared.addresses(of: "::1").get() == ["::1"])
    }

    @Test("that do not exist are an error with the resolver's words")
    func unknown() async throws {
        guard case .failure(let failure) = await HostNames.shared.addresses(of: "no-such-host.invalid") else {
            Issue.record("it was found")
            return
        }
        #expect(!failure.isCancellation)
        #expect(!failure.message.isEmpty)
    }

    @Test("that a server is slow with hold up no other name")
    func slow() async throws {
        let server = SlowServer()
        let names = HostNames { server.answer($0) }
        async let first = names.addresses(of: "slow-1")
        async let second = names.addresses(of: "slow-2")
        #expect(try await names.addresses(of: "quick").get() == ["192.0.2.1"])
        server.gate.signal()
        server.gate.signal()
        #expect(try await first.get() == ["192.0.2.1"])
        #expect(try await second.get() == ["192.0.2.1"])
        #expect(names.count == 0)
    }

    @Test("are asked for once by all who want the same one")
    func shared() async throws {
        let server = SlowServer()
        let names = HostNames { server.answer($0) }
        let begun = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    begun.continuation.yield()
                    return (try? await names.addresses(of: "slow").get()) != nil
                }
            }
            var iterator = begun.stream.makeAsyncIterator()
            for _ in 0..<50 { await iterator.next() }
            while names.waiting("slow") < 50 { await Task.yield() }
            server.gate.signal()
            for await isFound in group { #expect(isFound) }
        }
        #expect(server.asked.withLock { $0 } == ["slow"])
    }

    @Test("leave the queue when nobody waits for them any more")
    func givenUp() async throws {
        let server = SlowServer()
        let names = HostNames(maximumThreads: 1) { server.answer($0) }
        async let first = names.addresses(of: "slow")
        while server.asked.withLock({ $0.isEmpty }) { await Task.yield() }
        let waiting = Task { await names.addresses(of: "never") }
        while names.count < 2 { await Task.yield() }
        waiting.cancel()
        #expect(await waiting.value == .failure(.cancelled))
        #expect(names.count == 1)
        server.gate.signal()
        _ = await first
        #expect(try await names.addresses(of: "quick").get() == ["192.0.2.1"])
        #expect(server.asked.withLock { $0 } == ["slow", "quick"])
    }
}

@Suite("The race among a host's addresses")
struct AddressRaceTests {
    @Test("takes the families in turn, beginning with that of the first")
    func order() {
        var race = AddressRace(["2001:db8::1", "2001:db8::2", "192.0.2.1", "2001:db8::3", "192.0.2.2"])
        var order: [String] = []
        var now = Duration.zero
        while case .begin(let address) = race.next(now: now) {
            order.append(address)
            now += AddressRace.stagger
        }
        #expect(order == ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"])
        #expect(race.next(now: now) == .waitForThose)
    }

    @Test("waits 250 ms for an address that does not answer, and not at all for one that has failed")
    func stagger() {
        var race = AddressRace(["2001:db8::1", "192.0.2.1"])
        #expect(race.next(now: .zero) == .begin("2001:db8::1"))
        #expect(race.next(now: .milliseconds(100)) == .wait(until: .milliseconds(250)))
        var failing = race
        failing.failed("2001:db8::1")
        #expect(failing.next(now: .milliseconds(100)) == .begin("192.0.2.1"))
        failing.failed("192.0.2.1")
        #expect(failing.next(now: .milliseconds(100)) == .over)
        #expect(race.next(now: .milliseconds(250)) == .begin("192.0.2.1"))
        race.failed("192.0.2.1")
        #expect(race.next(now: .milliseconds(300)) == .waitForThose)
        race.failed("2001:db8::1")
        #expect(race.next(now: .milliseconds(300)) == .over)
    }

    @Test("is over at once without an address")
    func none() {
        var race = AddressRace([])
        #expect(race.next(now: .zero) == .over)
    }
}
