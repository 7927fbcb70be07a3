import Discovery
import PDUSimulator
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct ScanTests {
    @Test("a scan finds the devices of its blocks and no others, each host once")
    func finds() async throws {
        try await Bench.withStrip { bench, strip in
            let progress = Mutex((done: 0, all: 0, found: 0))
            let blocks = try ["127.0.0.0/29", "127.0.0.1"].map { try #require(AddressBlock($0)) }
            let found = await NetworkScan(probe: bench.probe).run(blocks, Bench.access(strip: strip)) {
                done,
                all,
                found in
                progress.withLock { $0 = (done, all, found) }
            }
            #expect(found.map(\.host) == ["127.0.0.1"])
            #expect(progress.withLock { $0 } == (7, 7, 1))
            #expect(strip.sessionOwner == nil)
        }
    }

    @Test("no more hosts are asked at the same time than the pace allows, and none beyond its rate")
    func pace() async throws {
        let pace = NetworkScan.Pace(concurrency: 0, hostsPerSecond: -5)
        #expect(pace.concurrency == 1)
        #expect(pace.hostsPerSecond == 1)
        try await Bench.use { bench in
            let scan = NetworkScan(probe: bench.probe, pace: .init(concurrency: 2, hostsPerSecond: 1000))
            let most = Mutex(0)
            let block = try #require(AddressBlock("127.0.9.0/27"))
            let found = await scan.run([block], Bench.access()) { done, _, _ in most.withLock { $0 = max($0, done) } }
            #expect(found.isEmpty)
            #expect(most.withLock { $0 } == 30)
        }
    }

    @Test("a scan that is cancelled begins no further host")
    func cancelled() async throws {
        try await Bench.use { bench in
            let block = try #require(AddressBlock("127.1.0.0/16"))
            let scan = NetworkScan(probe: bench.probe, pace: .init(concurrency: 4, hostsPerSecond: 10))
            let count = Counter()
            let work = Task { await scan.run([block], Bench.access()) { done, _, _ in count.set(done) } }
            work.cancel()
            #expect(await work.value.isEmpty)
            #expect(count.value < 10)
        }
    }
}

/// A number that several may set.
private final class Counter: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func set(_ value: Int) { number.withLock { $0 = value } }
}
