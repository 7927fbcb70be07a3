import ArgumentParser
import Discovery
import EnerGenieDriver
import Logging
import PDUSimulator
import SNMPClient

/// `busbar probe`: what is at a host?
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Find out what device a host is, and print an entry for the configuration.",
        discussion: """
            Asks the host by SNMP and as an EnerGenie strip, and prints its model, outlets with names and states, what \
            it measures, its firmware, and an entry for pdus: to paste. It reads and never writes. Without credentials \
            SNMP is asked with the community public, and an EnerGenie is recognised but not read. An SNMP device of no \
            known model is looked through for tables that may be its outlets, 5000 objects and 15 s at most.

            Exit codes: 0 a device was recognised, 1 none was, 64 wrong usage.
            """
    )

    @Argument(help: "The host's name or address.")
    var host: String

    @OptionGroup var snmp: SNMPOptions

    @OptionGroup var strip: StripOptions

    @Option(help: "How long one answer may take, like 2s.")
    var timeout = "2s"

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let given = try snmp.given()
        var places = snmp.places()
        strip.note(in: &places)
        let access = ProbeAccess(
            snmp: given.isEmpty ? snmp.defaults() : given,
            password: try strip.password(),
            places: places,
            snmpPort: snmp.snmpPort,
            webPort: strip.webPort,
            nativePort: strip.nativePort,
            limit: try AnswerTime.limit(timeout),
            searchesTables: true
        )
        let tools = DiscoveryTools()
        let report = await tools.probe.probe(host, access)
        await tools.shutDown()
        print(json ? try Printing.json(report) : report.description)
        if !report.isRecognised { throw ExitCode.failure }
    }
}

/// The option `--timeout` of what asks unknown hosts.
enum AnswerTime {
    /// - Throws: `ValidationError` for what is no time from 20 ms to an hour.
    static func limit(_ text: String) throws -> Duration {
        guard let limit = try? SimulatorOrder.duration(text), limit >= .milliseconds(20) else {
            throw ValidationError("--timeout is a time from 20ms to 3600s, such as 500ms or 2s")
        }
        return limit
    }
}
