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

            With --url an agent on another machine is asked by its HTTP interface, for what concerns its PDUs. Times are in \
            this machine's time zone (TZ), with --json in UTC.

            Exit codes: 0 shown, 1 the audit trail cannot be read, 2 the agent of --url does not allow it or does not know \
            the place, 3 it does not answer, 64 wrong usage, 78 bad configuration or token file.
            """
    )

    @Argument(help: "Only this PDU or outlet, as bench or bench/1.")
    var place: AuditPlace?

    @OptionGroup var file: ConfigurationOption

    @Option(help: "The agent's state directory; the configuration file is not needed then.")
    var stateDirectory: String?

    @Option(help: "An agent's page, as http://lab:8480: its audit trail, and not that of this machine.")
    var url: String?

    @Option(help: "A file with the token for --url, or the variable BUSBAR_TOKEN.")
    var tokenFile: String?

    @Option(help: "A file with the authorities to trust with an https:// --url; else the system's.")
    var caFile: String?

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
        if url == nil, caFile != nil { throw ValidationError("--ca-file is for --url") }
        if url != nil, follow { throw ValidationError("--follow is for the audit trail of this machine") }
        if let url, !url.hasPrefix("http://"), !url.hasPrefix("https://") {
            throw ValidationError("--url begins with http:// or https://")
        }
    }

    func run() async throws {
        if let url { return try await showRemote(url) }
        let directory =
            try stateDirectory
            ?? ConfigurationLoader(path: file.path).load(tellsWarnings: false).agent.stateDirectory
        do {
            let reader = try AuditReader(path: directory + "/audit.sqlite")
            try await show(reader)
        } catch let problem as AuditReader.Problem {
            throw ExitCode.notDone.because(problem.description)
        }
    }

    private func showRemote(_ url: String) async throws {
        let token = try SecretArgument.read(tokenFile, variable: "BUSBAR_TOKEN")
        var format = AuditFormat()
        do throws(AuditRemote.Problem) {
            for (line, text) in try await AuditRemote(url: url, token: token, caFile: caFile)
                .entries(filter, limit: limit)
            {
                print(json ? text + "\n" : format.text(of: line), terminator: "")
            }
        } catch {
            throw error.code.because(error.message)
        }
    }

    private var filter: AuditFilter {
        var filter = AuditFilter()
        filter.pdu = place?.pdu
        filter.outlet = place?.outlet
        filter.since = since?.date
        filter.until = until?.date
        filter.statuses = status.map(\.rawValue)
        filter.by = by
        filter.user = user
        return filter
    }

    private func show(_ reader: AuditReader) async throws {
        var filter = self.filter
        var format = AuditFormat()
        var entries = try reader.entries(filter, limit: limit)
        while true {
            for (number, entry) in entries {
                print(json ? try JSONText.lines([entry]) + "\n" : format.text(of: AuditLine(entry)), terminator: "")
                filter.after = number
            }
            fflush(nil)
            guard follow else { return }
            try await Task.sleep(for: .seconds(1))
            entries = try reader.entries(filter, limit: 10_000)
        }
    }
}
