import ArgumentParser
import Glibc
import PDUSimulator
import UnixSignals

/// `busbar simulate fleet`: very many PDUs in one process.
struct SimulateFleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Simulate up to 20,000 SNMP PDUs in one process, for load.",
        discussion: "raritan-px2 tables over SNMP v1, v2c and, with --user, v3, each PDU on a UDP port of its own."
    )

    @Option(help: "How many PDUs.")
    var count = 1000

    @Option(help: "How many outlets each has.")
    var outlets = 8

    @Option(help: "The IPv4 address that all of them have, one of this machine's.")
    var address = "127.0.0.1"

    @Option(help: "The port of the first; the others follow.")
    var basePort = 20_000

    @Option(help: "Let every answer wait, like 5ms.")
    var latency = "0ms"

    @Option(help: "This share of the PDUs is dead, like 10%.")
    var dead = "0%"

    @Option(help: "An SNMPv3 user with SHA-256 and AES; both passphrases are 'passphrase'.")
    var user: String?

    @Flag(help: "The user's passphrases are 'passphrase-N' instead, with the PDU's number from 0.")
    var ownPassphrases = false

    @Option(
        help: """
            Write a line for each switch to this file: time (CLOCK_MONOTONIC, ns), device from 0, outlet, value, and the \
            UDP port that it came from.
            """
    )
    var record: String?

    func run() async throws {
        let configuration = SNMPFleetConfiguration(
            count: count,
            outlets: outlets,
            address: address,
            basePort: basePort,
            latency: try SimulatorOrder.duration(latency),
            deadShare: try SimulatorOrder.share(dead),
            user: user,
            hasOwnPassphrases: ownPassphrases,
            recordFile: record
        )
        let fleet = try await SNMPFleet.start(configuration)
        print("\(count) PDUs with \(outlets) outlets on UDP ports \(fleet.ports) of \(address)")
        fflush(nil)
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
        print("\(fleet.counts)")
    }
}
