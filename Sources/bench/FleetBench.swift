import ArgumentParser
import Foundation
import LocalServices
import PDUSimulator
import Power

/// A large fleet at rest: how soon everything is known, and what the agent uses then.
struct FleetBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fleet")

    @Option var pdus = 10_000
    @Option var outlets = 8
    @Option var seconds = 30
    @Flag(help: "All outlets are on, and what they and the PDU measure has other values at every read.") var moving =
        false
    @Flag(help: "One message for the measurements of a PDU and of all its outlets.") var perPDU = false
    @Option(help: "A file for the figures as JSON.") var json: String?
    @Flag(help: "Ask by SNMPv3 with SHA-256 and AES, with one passphrase for all.") var version3 = false
    @Flag(help: "By SNMPv3 with a passphrase for each PDU.") var ownPassphrases = false

    func run() async throws {
        let user = version3 || ownPassphrases ? "operator" : nil
        let fleet = try await SNMPFleet.start(
            SNMPFleetConfiguration(
                count: pdus,
                outlets: outlets,
                basePort: 22_000,
                initialState: moving ? .on : .off,
                hasMovingValues: moving,
                user: user,
                hasOwnPassphrases: ownPassphrases
            )
        )
        let pdus =
            user.map { entries(of: fleet, user: $0, hasOwnPassphrases: ownPassphrases) } ?? entries(of: fleet)
        let protocolName = user == nil ? "v2c" : ownPassphrases ? "v3, a passphrase each" : "v3, one passphrase"
        let more = perPDU ? "telemetry: { per: pdu }" : ""
        let kind = "SNMP \(protocolName), poll 10 s" + (moving ? ", values moving" : "") + (perPDU ? ", per: pdu" : "")
        try await TestBed.with(pdus: pdus, more: more) { bed in
            await bed.arrivals.wait(forCount: self.pdus * fleet.outlets, on: "state")
            let complete = Double(MonotonicTime.nanoseconds - bed.startedAt) / 1e9
            guard let atStart = bed.usage else { return }
            try await Task.sleep(for: .seconds(5))
            guard let before = bed.usage else { return }
            let requests = fleet.counts.requests
            let begun = MonotonicTime.nanoseconds
            try await Task.sleep(for: .seconds(seconds))
            guard let after = bed.usage else { return }
            let elapsed = Double(MonotonicTime.nanoseconds - begun) / 1e9
            let figures = Figures(
                kind: kind,
                pdus: self.pdus,
                outlets: fleet.outlets,
                complete: complete,
                cpuAtStart: atStart.cpu * 1000 / Double(self.pdus),
                share: (after.cpu - before.cpu) / elapsed * 100,
                memory: after.memory,
                requests: Double(fleet.counts.requests - requests) / elapsed
            )
            report(figures)
        }
    }

    /// What was measured of one fleet.
    private struct Figures: Codable {
        var kind: String
        var pdus: Int
        var outlets: Int
        /// When every outlet's state was published, in seconds from the start.
        var complete: Double
        /// The agent's CPU until then for each PDU, in milliseconds.
        var cpuAtStart: Double
        /// The agent's CPU at rest, in percent of one core.
        var share: Double
        /// Private memory, in MB.
        var memory: Double
        /// What the devices were asked at rest, a second.
        var requests: Double
    }

    private func report(_ figures: Figures) {
        print(
            "| \(figures.pdus) PDUs × \(figures.outlets) outlets, \(figures.kind) "
                + "| first complete set after \(rounded(figures.complete)) s, \(rounded(figures.cpuAtStart)) ms of CPU a PDU; "
                + "then \(rounded(figures.share)) % of one core, \(rounded(figures.memory)) MB, "
                + "\(rounded(figures.requests)) requests a second |"
        )
        if let json { writeJSON(figures, to: json) }
    }
}
