/// Looks for devices in networks, a bounded number of hosts at a time. It reads and never writes.
public struct NetworkScan: Sendable {
    /// How fast and how patient a scan is.
    public struct Pace: Sendable, Hashable {
        /// How many hosts are asked at the same time, 1 or more.
        public var concurrency: Int
        /// How many hosts are begun in a second, 1 or more.
        public var hostsPerSecond: Int

        /// A pace; by default the 254 hosts of a /24 are begun in 2.5 s.
        public init(concurrency: Int = 256, hostsPerSecond: Int = 100) {
            self.concurrency = max(1, concurrency)
            self.hostsPerSecond = max(1, hostsPerSecond)
        }

        /// How long a scan takes when no host answers.
        ///
        /// - Parameters:
        ///   - hosts: how many there are.
        ///   - silence: what a host that does not answer takes, as ``ProbeAccess/silence``.
        public func duration(hosts: Int, silence: Duration) -> Duration {
            let begun = Duration.seconds(1) / hostsPerSecond * hosts
            // Where the places are all taken before the first is free again, hosts wait for one another.
            let rounds = (max(0, hosts) + concurrency - 1) / concurrency
            return max(begun, silence * max(0, rounds - 1)) + silence
        }
    }

    /// Asks one host.
    typealias Ask = @Sendable (_ host: String, _ access: ProbeAccess) async -> ProbeReport

    private let pace: Pace
    private let ask: Ask

    /// A scan that asks hosts by a probe.
    public init(probe: DeviceProbe, pace: Pace = Pace()) {
        self.init(pace: pace) { await probe.probe($0, $1) }
    }

    init(pace: Pace, ask: @escaping Ask) {
        self.pace = pace
        self.ask = ask
    }

    /// Asks every host of the blocks, each host once.
    ///
    /// - Parameters:
    ///   - access: what hosts are asked with. What it does not open is not tried.
    ///   - left: hosts that are left alone.
    ///   - clock: what the pace is kept with.
    ///   - progress: told after every host how many are done, how many there are, and how many were found.
    /// - Returns: the hosts with something that can be switched, and, where tables were looked for, those with something
    ///   that may be, in the order of the blocks; fewer when it was cancelled.
    public func run(
        _ blocks: [AddressBlock],
        _ access: ProbeAccess,
        except left: Set<String> = [],
        clock: any Clock<Duration> = ContinuousClock(),
        progress: @escaping @Sendable (_ done: Int, _ all: Int, _ found: Int) -> Void = { _, _, _ in }
    ) async -> [ProbeReport] {
        let all = blocks.map(\.count).reduce(0, +)
        var found: [(index: Int, report: ProbeReport)] = []
        var done = 0
        var seen: Set<String> = []
        await withTaskGroup(of: (Int, ProbeReport?).self) { group in
            var running = 0
            func take(_ result: (Int, ProbeReport?)?) {
                guard let result else { return }
                running -= 1
                done += 1
                if let report = result.1 { found.append((result.0, report)) }
                progress(done, all, found.count)
            }
            var index = 0
            for block in blocks {
                for number in 0..<block.count {
                    if Task.isCancelled { break }
                    let host = block[number]
                    guard !left.contains(host), blocks.count == 1 || seen.insert(host).inserted else {
                        done += 1
                        continue
                    }
                    if running >= pace.concurrency { take(await group.next()) }
                    let place = index
                    index += 1
                    running += 1
                    group.addTask { (place, await result(host, access)) }
                    do {
                        try await clock.sleep(for: .seconds(1) / pace.hostsPerSecond)
                    } catch {
                        break
                    }
                }
            }
            while running > 0 { take(await group.next()) }
        }
        return found.sorted { $0.index < $1.index }.map(\.report)
    }

    private func result(_ host: String, _ access: ProbeAccess) async -> ProbeReport? {
        let report = await ask(host, access)
        return report.isRecognised || !report.tables.isEmpty ? report : nil
    }
}
