import AgentConfiguration
import ArgumentParser
import Discovery
import EnerGenieDriver
import Logging
import PDUSimulator
import Power
import SNMPClient

/// `busbar probe`: what is at a host?
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Find out what device a host is, and print an entry for the configuration or add it.",
        discussion: """
            Asks the host by SNMP and as an EnerGenie strip, and prints its model, outlets with names and states, what \
            it measures, its firmware, and an entry for pdus: to paste. It reads and never writes to the device. Without \
            credentials SNMP is asked with the community public, and an EnerGenie is recognised but not read. An SNMP \
            device of no known model is looked through for tables that may be its outlets, 5000 objects and 15 s at most.

            With --add the entry goes into the configuration: the change is shown and asked about first, and a file that \
            would not pass busbar check is not written.

            Exit codes: 0 a device was recognised, and with --add the entry was added; 1 none was; 2 with --add: the \
            configuration has the device or the name already, or the change was declined; 64 wrong usage; 78 bad \
            configuration.
            """
    )

    @Argument(help: "The host's name or address.")
    var host: String

    @OptionGroup var snmp: SNMPOptions

    @OptionGroup var strip: StripOptions

    @Option(help: "How long one answer may take, like 2s.")
    var timeout = "2s"

    @Flag(help: "Add the entry to the configuration.")
    var add = false

    @Option(help: "The PDU's name in the entry; else it is made from the host.")
    var name: String?

    @Flag(help: "With --add: do not ask.")
    var yes = false

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let name, PDUName(name) == nil { throw ValidationError("--name must be 1 to 64 of A-Z a-z 0-9 _ -") }
        if add, json { throw ValidationError("--add and --json contradict each other") }
    }

    func run() async throws {
        let draft = add ? try ConfigurationDraft(existing: file.path) : nil
        let given = try snmp.given()
        var places = snmp.places()
        strip.note(in: &places)
        var access = ProbeAccess(
            snmp: given.isEmpty ? snmp.defaults() : given,
            password: try strip.password(),
            places: places,
            snmpPort: snmp.snmpPort,
            webPort: strip.webPort,
            nativePort: strip.nativePort,
            limit: try Self.limit(timeout),
            searchesTables: true
        )
        access.name = name
        let tools = DiscoveryTools()
        let report = await tools.probe.probe(host, access)
        await tools.shutDown()
        print(json ? try Printing.json(report) : report.description)
        guard let device = report.devices.first else { throw ExitCode.notDone }
        if let draft { try await addEntry(of: device, to: draft) }
    }

    static func limit(_ text: String) throws -> Duration {
        guard let limit = try? SimulatorOrder.duration(text), limit >= .milliseconds(20) else {
            throw ValidationError("--timeout is a time from 20ms to 3600s, such as 500ms or 2s")
        }
        return limit
    }

    private func addEntry(of device: DeviceReport, to existing: ConfigurationDraft) async throws {
        var draft = existing
        let before: AgentConfiguration
        do throws(ConfigurationErrors) {
            before = try draft.check()
        } catch {
            throw ExitCode.configuration.because(error.description)
        }
        if let same = before.pdus.first(where: { $0.host == host && $0.port == device.port }) {
            throw ExitCode.refused.because("\(file.path) has this device already: \(same.name)")
        }
        let dialogue = Dialogue()
        do {
            try draft.add(device.entry)
            _ = try draft.check()
        } catch {
            throw ExitCode.refused.because("the entry cannot be added: \(error)")
        }
        dialogue.say("\n\(draft.difference)\n")
        guard try yes ? true : await dialogue.confirm("Write this?") else {
            throw ExitCode.refused.because("nothing was written")
        }
        do throws(ConfigurationDraft.Problem) {
            try draft.replace()
        } catch {
            throw ExitCode.refused.because("\(error)")
        }
        dialogue.say("Added. An agent that runs takes it over with busbar reload.")
    }
}
