import ArgumentParser
import Foundation
import Glibc
import LocalServices
import PDUSimulator
import Power

/// What one command costs, beside the least agent there can be: the same broker, the same client, the same minutes.
///
/// The agents take turns, so that what else the machine does falls on all of them. Counts mean more than times.
struct CommandBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "command")

    @Option(help: "The agent without devices, built of Tests/Tools/least-agent.c.")
    var least: String
    @Option(help: "Another build of Busbar to compare with.")
    var other: String?
    @Option(help: "A file for the figures as JSON.")
    var json: String?
    @Option var count = 500
    @Option var rounds = 6
    @Option var switches = 1000
    @Option var pdus = 250

    /// What was measured of one agent; times in milliseconds.
    struct Figures: Codable {
        var agent: String
        var p50 = 0.0
        var p95 = 0.0
        var rate = 0.0
        var cpu = 0.0
        var cpuAtOnce = 0.0
        var threadSwitches = 0.0
        var systemCalls: Double?
    }

    private final class Agent {
        let name: String
        let bed: TestBed
        let fleet: SNMPFleet?
        var times: [Double] = []
        var rates: [Double] = []
        var cpu: [Double] = []
        var cpuAtOnce: [Double] = []
        var threadSwitches: [Double] = []
        var systemCalls: Double?
        var sent = 0

        init(_ name: String, _ bed: TestBed, _ fleet: SNMPFleet?) {
            self.name = name
            self.bed = bed
            self.fleet = fleet
        }
    }

    func run() async throws {
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 21_000))
        let leastFleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 27_000))
        try await TestBed.with(pdus: "", program: .least(least)) { leastBed in
            try await TestBed.with(pdus: "", program: .least(least, devices: leastFleet.ports.lowerBound)) {
                deviceBed in
                try await TestBed.with(pdus: entries(of: fleet)) { bed in
                    let beds = [("least", leastBed, nil), ("least, device", deviceBed, nil), ("busbar", bed, fleet)]
                    guard let other else { return try await measure(beds) }
                    let otherFleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 24_000))
                    try await TestBed.with(pdus: entries(of: otherFleet), program: .busbar(other)) { otherBed in
                        try await measure(beds + [("other", otherBed, otherFleet)])
                    }
                }
            }
        }
    }

    private func measure(_ beds: [(String, TestBed, SNMPFleet?)]) async throws {
        let agents = beds.map { Agent($0.0, $0.1, $0.2) }
        for agent in agents {
            await agent.bed.arrivals.wait(forCount: 1, on: "availability")
            _ = try await one(agent, count: count)
        }
        for _ in 0..<rounds {
            for agent in agents { try await round(agent) }
        }
        for agent in agents { agent.systemCalls = try await systemCalls(agent) }
        report(agents.map(figures))
    }

    private func round(_ agent: Agent) async throws {
        guard let before = agent.bed.usage else { return }
        agent.times += try await one(agent, count: count)
        guard let after = agent.bed.usage else { return }
        agent.cpu.append((after.cpu - before.cpu) * 1000 / Double(count))
        agent.threadSwitches.append(Double(after.switches - before.switches) / Double(count))
        agent.bed.arrivals.forget()
        let begun = MonotonicTime.nanoseconds
        let word = agent.rates.count.isMultiple(of: 2) ? "ON" : "OFF"
        for number in 0..<switches { try agent.bed.send(word, to: "p\(number % pdus)/\(number / pdus + 1)") }
        await agent.bed.arrivals.wait(forCount: switches, on: "result")
        agent.rates.append(Double(switches) / (Double(MonotonicTime.nanoseconds - begun) / 1e9))
        if let failure = agent.bed.arrivals.failures.first { print("not done: \(failure)") }
        guard let atEnd = agent.bed.usage else { return }
        agent.cpuAtOnce.append((atEnd.cpu - after.cpu) * 1000 / Double(switches))
    }

    /// One command after the other; the times from command to state.
    private func one(_ agent: Agent, count: Int) async throws -> [Double] {
        var times: [Double] = []
        for _ in 0..<count {
            defer { agent.sent += 1 }
            let device = agent.sent % pdus
            let outlet = agent.sent / pdus % 8 + 1
            if let fleet = agent.fleet {
                let flip = try await agent.bed.flip(outlet, ofDevice: device, in: fleet)
                if let time = flip.verified { times.append(time) }
                continue
            }
            let topic = "lab/pdu/p\(device)/outlet/\(outlet)"
            for kind in ["/state", "/result"] { agent.bed.arrivals.forget(topic + kind) }
            let begun = MonotonicTime.nanoseconds
            try agent.bed.send(agent.sent / (8 * pdus) % 2 == 0 ? "ON" : "OFF", to: "p\(device)/\(outlet)")
            await agent.bed.arrivals.wait(forCount: 1, on: topic + "/result")
            if let state = agent.bed.arrivals.time(of: topic + "/state") { times.append(Double(state - begun) / 1e6) }
        }
        return times
    }

    /// The system calls of a command, where strace is installed and may watch the agent.
    private func systemCalls(_ agent: Agent) async throws -> Double? {
        guard let strace = try? Executable.find("strace", package: "strace") else { return nil }
        let directory = try TemporaryDirectory(prefix: "strace")
        let path = directory.path(of: "calls")
        let watch = try await ChildProcess.start(
            strace,
            ["-c", "-f", "-q", "-o", path, "-p", "\(agent.bed.agent.pid)"]
        )
        // It says nothing once it watches; the first commands are for it to begin.
        _ = try await one(agent, count: 100)
        let before = try? String(contentsOfFile: "/proc/\(agent.bed.agent.pid)/status", encoding: .utf8)
        guard before?.contains("TracerPid:\t0\n") == false else { return nil }
        _ = try await one(agent, count: count)
        watch.signal(SIGINT)
        _ = await watch.waitForExit(within: .seconds(5))
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        // "100.00    0.012345          12      1234        56 total"
        let total = text.split(separator: "\n").last { $0.hasSuffix("total") }?.split(separator: " ") ?? []
        guard total.count > 3, let calls = Double(total[3]) else { return nil }
        return calls / Double(count + 100)
    }

    private func figures(_ agent: Agent) -> Figures {
        let times = Percentiles(agent.times)
        return Figures(
            agent: agent.name,
            p50: times[0.5],
            p95: times[0.95],
            rate: median(agent.rates),
            cpu: median(agent.cpu),
            cpuAtOnce: median(agent.cpuAtOnce),
            threadSwitches: median(agent.threadSwitches),
            systemCalls: agent.systemCalls
        )
    }

    private func report(_ all: [Figures]) {
        let names = all.map(\.agent).joined(separator: " | ")
        print("| what a command costs | \(names) | busbar : least | busbar : least, device |")
        print("| --- |\(String(repeating: " --- |", count: all.count + 2))")
        row("command → state, p50, ms", all) { $0.p50 }
        row("command → state, p95, ms", all) { $0.p95 }
        row("\(switches) at once over \(pdus) PDUs, a second", all) { $0.rate }
        row("CPU for a command, one after the other, ms", all) { $0.cpu }
        row("CPU for a command, \(switches) at once, ms", all) { $0.cpuAtOnce }
        row("voluntary thread switches", all) { $0.threadSwitches }
        row("system calls", all) { $0.systemCalls }
        if let json { writeJSON(all, to: json) }
    }

    private func row(_ what: String, _ all: [Figures], _ value: (Figures) -> Double?) {
        let values = all.map(value)
        let ratios = values.prefix(2).map { least in
            if let busbar = values[2], let least, least > 0 { rounded(busbar / least) } else { "" }
        }
        print("| \(what) | \((values.map { $0.map(rounded) ?? "" } + ratios).joined(separator: " | ")) |")
    }
}
