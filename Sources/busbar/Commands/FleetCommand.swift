import Agent
import AgentConfiguration
import ArgumentParser
import EtcdFleet
import Logging
import Power

/// `busbar fleet`: who owns which PDU, and that it be otherwise.
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Show and change which agent of a fleet owns which PDU.",
        discussion: """
            Speaks with the etcd that the configuration file of an agent names under fleet, with the rights that it \
            has there. Nothing is switched: a PDU is handed over when what runs for it has ended.

            Exit codes: 0 done, 1 etcd or the fleet does not do it in time, 64 wrong usage, 78 bad configuration.
            """,
        subcommands: [Status.self, Drain.self, Move.self]
    )

    struct Options: ParsableArguments {
        @Option(name: .shortAndLong, help: "The configuration file of an agent of the fleet.")
        var config = "/etc/busbar/busbar.yaml"

        /// Runs something with the fleet that the file names.
        func run(_ body: (FleetOperator) async throws -> Void) async throws {
            let configuration = try ConfigurationLoader(path: config).load(tellsWarnings: false)
            guard let settings = configuration.fleet else {
                StandardError.write(line: "busbar: \(config) has no fleet: this agent has its PDUs alone")
                throw ExitCode.failure
            }
            let logger = Logger(label: "busbar.fleet") { _ in SwiftLogNoOpLogHandler() }
            do {
                let fleet = try FleetOperator(
                    EtcdConfiguration(settings, configuration),
                    bundles: PDUBundles(
                        loads: LoadRules.all(of: configuration),
                        circuits: configuration.pdusByCircuit
                    ),
                    logger: logger
                )
                do {
                    try await body(fleet)
                } catch {
                    await fleet.shutDown()
                    throw error
                }
                await fleet.shutDown()
            } catch let error as EtcdError {
                StandardError.write(line: "busbar: \(error)")
                throw ExitCode.failure
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who owns what, since when, and who is next."
        )

        @OptionGroup var options: Options
        @Flag(help: "One JSON object.")
        var json = false

        func run() async throws {
            try await options.run { fleet in
                let status = try await fleet.status()
                if json { return print(try JSONText.lines([status])) }
                for member in status.agents {
                    let state = (member.draining ? ", hands over" : "") + (member.cutOff ? ", has no broker" : "")
                    let count = "owns \(member.owned) of its \(member.pdus) PDUs"
                    print("agent \(member.agent): \(count), here since \(member.since ?? "?")\(state)")
                }
                for pdu in status.pdus {
                    let owner = pdu.agent.map { "\($0) since \(pdu.since ?? "?"), epoch \(pdu.epoch ?? 0)" } ?? "nobody"
                    print("\(pdu.pdu): \(owner); next: \(pdu.next ?? "nobody")")
                }
            }
        }
    }

    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have an agent hand its PDUs over.",
            discussion: """
                What another agent can take is handed over, and the agent takes nothing more until it is started anew. \
                Waits until that is so.
                """
        )

        @Argument(help: "The agent's id.")
        var agent: String
        @Option(help: "How many seconds to wait.")
        var timeout = 60
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { fleet in
                try await fleet.drain(agent)
                try await FleetCommand.wait(timeout) {
                    let status = try await fleet.status()
                    return !status.pdus.contains { $0.agent == agent && $0.next != nil }
                }
                let left = try await fleet.status().pdus.filter { $0.agent == agent }.map(\.pdu)
                if !left.isEmpty { print("no other agent can take \(left.joined(separator: ", "))") }
            }
        }
    }

    struct Move: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have another agent own a PDU.",
            discussion: "The PDUs that a load needs together with it go there too."
        )

        @Argument(help: "The PDU.")
        var pdu: String
        @Argument(help: "The agent that is to own it.")
        var agent: String
        @Option(help: "How many seconds to wait.")
        var timeout = 60
        @OptionGroup var options: Options

        func run() async throws {
            guard let name = PDUName(pdu) else { throw ValidationError("'\(pdu)' is no PDU's name") }
            try await options.run { fleet in
                try await fleet.move(name, to: agent)
                try await FleetCommand.wait(timeout) {
                    try await fleet.status().pdus.contains { $0.pdu == pdu && $0.agent == agent }
                }
            }
        }
    }

    fileprivate static func wait(_ seconds: Int, until condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while try await !condition() {
            guard ContinuousClock.now < end else {
                StandardError.write(line: "busbar: it is not so after \(seconds) s; it may still come")
                throw ExitCode.failure
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

extension AgentConfiguration {
    /// The PDUs of each circuit.
    fileprivate var pdusByCircuit: [String: [PDUName]] {
        var circuits: [String: [PDUName]] = [:]
        for pdu in pdus where pdu.isEnabled {
            let names = Set((pdu.outlets.values.map(\.circuit) + [pdu.circuit]).compactMap(\.self))
            for name in names { circuits[name, default: []].append(pdu.name) }
        }
        return circuits
    }
}
