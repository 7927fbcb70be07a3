import Foundation
import LocalServices
import TestSupport

/// A `busbar` command that has run to its end.
struct CommandRun {
    let status: TerminationStatus?
    let output: String
    let errors: String

    /// Runs `busbar` with these arguments.
    static func busbar(_ arguments: [String], environment: [String: String] = [:]) async throws -> CommandRun {
        let child = try await ChildProcess.start(
            try TestProgram.path,
            arguments,
            environment: environment,
            outputLimit: 1 << 20
        )
        return await finished(child)
    }

    /// Waits for the end of a command that was started already.
    static func finished(_ child: ChildProcess) async -> CommandRun {
        let status = await child.waitForExit(within: .seconds(300))
        return CommandRun(status: status, output: child.standardOutput, errors: child.standardError)
    }

    /// The output as JSON.
    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(output.utf8))
    }

    /// The entries for `pdus:` that were printed, each with its lines.
    var entries: [String] {
        var entries: [String] = []
        var lines: [Substring] = []
        for line in (output + "\n\n").split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("  - name: ") {
                lines = [line]
            } else if !lines.isEmpty, line.hasPrefix("    ") {
                lines.append(line)
            } else if !lines.isEmpty {
                entries.append(lines.joined(separator: "\n"))
                lines = []
            }
        }
        return entries
    }
}
