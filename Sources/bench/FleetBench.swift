import ArgumentParser
import Foundation
import LocalServices
import PDUSimulator

/// A large fleet where nothing changes: how soon everything is known, and what the agent uses then.
struct FleetBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fleet")

    @Option var pdus = 10_000
    @Option var seconds = 30
    @Flag(help: "Ask by SNMPv3 with SHA-256 and AES, with one passphrase for all.") var version3 = false
    @Flag(help: "By SNMPv3 with a passphrase for each PDU.") var ownPassphrases = false

    func run() async throws {
        let user = version3 || ownPassphrases ? "operator" : nil
        let fleet = try await SNMPFleet.start(
            SNMPFleetConfiguration(count: pdus, basePort: 22_000, user: user, hasOwnPassphrases: ownPassphrases)
        )
        let pdus =
            user.map { entries(of: fleet, user: $0, hasOwnPassphrases: ownPassphrases) } ?? entries(of: fleet)
        let protocolName = user == nil ? "v2c" : ownPassphrases ? "v3, a passphrase each" : "v3, one passphrase"
        try await TestBed.with(pdus: pdus) { bed in
            await bed.arrivals.wait(forCount: self.pdus * fleet.outlets, on: "state")
            let complete = Double(MonotonicTime.nanoseconds - bed.startedAt) / 1e9
            try await Task.sleep(for: .seconds(5))
            guard let before = bed.usage else { return }
            let begun = MonotonicTime.nanoseconds
            try await Task.sleep(for: .seconds(seconds))
            guard let after = bed.usage else { return }
            let share = (after.cpu - before.cpu) / (Double(MonotonicTime.nanoseconds - begun) / 1e9) * 100
            print(
                "| \(self.pdus) PDUs × \(fleet.outlets) outlets, SNMP \(protocolName), poll 10 s | first complete set after \(rounded(complete)) s, "
                    + "\(rounded(share)) % of one core, \(rounded(after.memory)) MB |"
            )
        }
    }
}
