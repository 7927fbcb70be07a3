import Discovery
import PDUSimulator
import SNMPClient
import Synchronization
import Testing

@testable import Discovery

@Suite(.timeLimit(.minutes(10))) struct ScanTests {
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

    @Test("a /24 in which nobody answers takes less than 10 s, with the credentials that devices are sold with")
    func silentNetwork() throws {
        let block = try #require(AddressBlock("192.0.2.0/24"))
        var access = ProbeAccess(
            snmp: [.v2c(community: "public"), .v1(community: "public")],
            limit: .milliseconds(700),
            retries: 1
        )
        #expect(access.silence == .milliseconds(2800))
        #expect(NetworkScan.Pace().duration(hosts: block.count, silence: access.silence) == .milliseconds(5340))
        // Without SNMP a host costs its two TCP ports in turn.
        access.snmp = []
        #expect(access.silence == .milliseconds(1400))
    }

    @Test(
        "what a silent network takes is bounded by the rate, and by the places where these are too few",
        arguments: [
            (1, 256, 100, 2810), (254, 256, 100, 5340), (254, 127, 1000, 5600), (254, 64, 1000, 11_200),
            (254, 1, 100, 711_200), (0, 256, 100, 2800), (65_536, 256, 100, 716_800),
        ]
    )
    func bound(_ hosts: Int, _ concurrency: Int, _ rate: Int, _ milliseconds: Int) {
        let pace = NetworkScan.Pace(concurrency: concurrency, hostsPerSecond: rate)
        let silence = Duration.milliseconds(2800)
        #expect(pace.duration(hosts: hosts, silence: silence) == .milliseconds(milliseconds))
    }

    @Test("hosts are begun at the rate by the clock, and never more at once than there are places")
    func keepsPace() async throws {
        let clock = SteppingClock()
        let running = Mutex((now: 0, most: 0, asked: 0))
        let scan = NetworkScan(pace: .init(concurrency: 8, hostsPerSecond: 100)) { host, _ in
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.asked + 1) }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0.now -= 1 }
            return ProbeReport(host: host, devices: [], tried: [])
        }
        let block = try #require(AddressBlock("192.0.2.0/24"))
        let found = await scan.run([block], Bench.access(), clock: clock)
        #expect(found.isEmpty)
        #expect(running.withLock { $0.asked } == 254)
        #expect(running.withLock { $0.most } <= 8)
        #expect(clock.now.time == .milliseconds(2540))
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
