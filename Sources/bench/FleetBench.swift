import ArgumentParser
import Foundation
import LocalServices
import PDUSimulator

/// A large fleet where nothing changes: how soon everything is known, and what the agent uses then.
struct FleetBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fleet")

    @Option var pdus = 10_000
    @Option var seconds = 30

    func run() async throws {
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 22_000))
        try await TestBed.with(pdus: entries(of: fleet)) { bed in
            await bed.arrivals.wait(forCount: pdus * fleet.outlets, on: "state")
            let complete = Double(MonotonicTime.nanoseconds - bed.startedAt) / 1e9
            try await Task.sleep(for: .seconds(5))
            guard let before = bed.usage else { return }
            let begun = MonotonicTime.nanoseconds
            try await Task.sleep(for: .seconds(seconds))
            guard let after = bed.usage else { return }
            let share = (after.cpu - before.cpu) / (Double(MonotonicTime.nanoseconds - begun) / 1e9) * 100
            print(
                "| \(pdus) PDUs × \(fleet.outlets) outlets, poll 10 s | first complete set after \(rounded(complete)) s, "
                    + "\(rounded(share)) % of one core, \(rounded(after.memory)) MB |"
            )
        }
    }
}
