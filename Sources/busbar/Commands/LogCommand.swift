import Agent
import AgentConfiguration
import ArgumentParser
import Foundation
import Power

/// `busbar log`: shows the audit trail.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show who switched what, and what happened by itself.",
        discussion: """
            Reads the audit trail of an agent on this machine, whether it runs or not: every command with its outcome, \
            changes made behind the agent's back, and PDUs that came and went. Oldest first.

            Exit codes: 0 shown, 1 the audit trail cannot be read, 64 wrong usage, 78 bad configuration.
            """
    )

    @Argument(help: "Only this PDU or outlet, as bench or bench/1.")
    var place: AuditPlace?

    @Option(name: .shortAndLong, help: "The agent's configuration file, which names the state directory.")
    var config = "/etc/busbar/busbar.yaml"

    @Option(help: "The agent's state directory; the configuration file is not needed then.")
    var stateDirectory: String?

    @Option(help: "Not before this time: as 2026-03-01T12:00:00Z, or so long ago, as 30m, 12h or 7d.")
    var since: AuditTime?

    @Option(help: "Not after this time.")
    var until: AuditTime?

    @Option(
        parsing: .singleValue,
        help: "Only with this outcome: done, rejected, failed, unknown, expired, superseded, online, offline, seen."
    )
    var status: [AuditStatus] = []

    @Option(help: "Only what this sender asked for.")
    var by: String?

    @Option(help: "Only what this user asked for or was refused, as it proved to be.")
    var user: String?

    @Option(name: .shortAndLong, help: "At most so many entries, the newest.")
    var limit = 100

    @Flag(name: .shortAndLong, help: "Go on with what happens, until Ctrl-C.")
    var follow = false

    @Flag(help: "One JSON object per line.")
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000000") }
    }

    func run() async throws {
        let directory =
            try stateDirectory
            ?? ConfigurationLoader(path: config).load(tellsWarnings: false).agent.stateDirectory
        do {
            let reader = try AuditReader(path: directory + "/audit.sqlite")
            try await show(reader)
        } catch let problem as AuditReader.Problem {
            StandardError.write(line: problem.description)
            throw ExitCode.failure
        }
    }

    private func show(_ reader: AuditReader) async throws {
        var filter = AuditFilter()
        filter.pdu = place?.pdu
        filter.outlet = place?.outlet
        filter.since = since?.date
        filter.until = until?.date
        filter.statuses = status.map(\.rawValue)
        filter.by = by
        filter.user = user
        var format = AuditFormat(isJSON: json)
        var entries = try reader.entries(filter, limit: limit)
        while true {
            for (number, entry) in entries {
                print(format.text(of: entry), terminator: "")
                filter.after = number
            }
            fflush(nil)
            guard follow else { return }
            try await Task.sleep(for: .seconds(1))
            entries = try reader.entries(filter, limit: 10_000)
        }
    }
}
