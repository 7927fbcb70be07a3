import ArgumentParser
import PDUSimulator
import Power

/// What a load costs: its command beside one for each of its outlets, how far apart its feeds are switched, and what five
/// thousand loads take while nothing happens.
struct LoadBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "load")

    @Option var count = 500
    @Option var rounds = 6
    @Option(help: "The pairs of PDUs; the first outlets of both feed a load.") var pairs = 100
    @Option(help: "The loads of the agent at rest.") var loads = 5000
    @Option(help: "How long an agent is left at rest, in seconds, in each round.") var rest = 20

    func run() async throws {
        try await measureCommands()
        try await measureRest()
    }

    // MARK: - Commands

    private func measureCommands() async throws {
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: 2 * pairs, basePort: 21_000))
        let lines = (0..<pairs).map { "  l\($0): { feeds: [p\(2 * $0)/1, p\(2 * $0 + 1)/1] }" }
        let loads = "loads:\n" + lines.joined(separator: "\n")
        try await TestBed.with(pdus: entries(of: fleet), more: loads) { bed in
            await bed.arrivals.wait(forCount: 1, on: "availability")
            var apart: [Double] = []
            var times: [Bool: [Double]] = [:]
            var cpu: [Bool: [Double]] = [:]
            // The first round is for the caches.
            for round in 0...rounds {
                for asLoad in [true, false] {
                    guard let before = bed.usage else { continue }
                    for number in 0..<count {
                        let pair = number % pairs
                        let time = try await flip(pair, asLoad: asLoad, bed, fleet)
                        guard round > 0 else { continue }
                        times[asLoad, default: []].append(time)
                        guard asLoad, let first = fleet.lastOrder(device: 2 * pair, outlet: 1),
                            let second = fleet.lastOrder(device: 2 * pair + 1, outlet: 1)
                        else { continue }
                        apart.append(Double(abs(first.nanoseconds - second.nanoseconds)) / 1e6)
                    }
                    guard round > 0, let after = bed.usage else { continue }
                    cpu[asLoad, default: []].append((after.cpu - before.cpu) * 1000 / Double(count))
                }
            }
            if let failure = bed.arrivals.failures.first { print("not done: \(failure)") }
            let (load, outlets) = (median(cpu[true] ?? []), median(cpu[false] ?? []))
            print(
                """
                | a load's two feeds seen switched, apart | \(Percentiles(apart)) |
                | a load's ON or OFF: published → result | \(Percentiles(times[true] ?? [])) |
                | its two outlets' ON or OFF, both at once: published → both results | \(Percentiles(times[false] ?? [])) |
                | CPU of the agent: a load's command, its two outlets' commands | \(rounded(load)) ms, \(rounded(outlets)) ms |
                """
            )
        }
    }

    /// Switches both outlets of a pair to what they are not; the time until everything is answered, in milliseconds.
    private func flip(_ pair: Int, asLoad: Bool, _ bed: TestBed, _ fleet: SNMPFleet) async throws -> Double {
        let word = fleet.state(device: 2 * pair, outlet: 1) == .on ? "OFF" : "ON"
        bed.arrivals.forget()
        let begun = MonotonicTime.nanoseconds
        if asLoad {
            try bed.send(word, toLoad: "l\(pair)")
            await bed.arrivals.wait(forCount: 1, on: "lab/load/l\(pair)/result")
        } else {
            for device in [2 * pair, 2 * pair + 1] { try bed.send(word, to: "p\(device)/1") }
            await bed.arrivals.wait(forCount: 2, on: "result")
        }
        return Double(MonotonicTime.nanoseconds - begun) / 1e6
    }

    // MARK: - At rest

    private func measureRest() async throws {
        let perPair = 8
        let pdus = (loads + perPair - 1) / perPair * 2
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 25_000))
        let lines = (0..<loads).map { number in
            let (pair, outlet) = (number / perPair, number % perPair + 1)
            return "  l\(number): { feeds: [p\(2 * pair)/\(outlet), p\(2 * pair + 1)/\(outlet)] }"
        }
        let text = "loads:\n" + lines.joined(separator: "\n")
        try await TestBed.with(pdus: entries(of: fleet)) { bare in
            try await TestBed.with(pdus: entries(of: fleet), more: text) { loaded in
                let beds = [bare, loaded]
                var cpu: [[Double]] = [[], []]
                for bed in beds { await bed.arrivals.wait(forCount: 1, on: "availability") }
                // What the start has left to do is not what is measured.
                try await Task.sleep(for: .seconds(rest))
                for _ in 0..<rounds {
                    // Both at once: what else the machine does falls on both.
                    let before = beds.map(\.usage)
                    try await Task.sleep(for: .seconds(rest))
                    for (place, bed) in beds.enumerated() {
                        guard let from = before[place], let to = bed.usage else { continue }
                        cpu[place].append((to.cpu - from.cpu) * 100 / Double(rest))
                    }
                }
                let shares = cpu.map { rounded(median($0)) }
                let memory = beds.map { rounded($0.usage?.memory ?? .nan) }
                print(
                    """
                    | \(pdus) PDUs × 8 at rest, poll 10 s, without loads | \(shares[0]) % of a core, \(memory[0]) MB |
                    | → with \(loads) loads | \(shares[1]) % of a core, \(memory[1]) MB |
                    """
                )
            }
        }
    }
}
