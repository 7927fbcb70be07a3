import AgentConfiguration
import ArgumentParser
import Foundation
import SNMPDriver

/// Reads the configuration file, and says on standard error what is wrong with it.
struct ConfigurationLoader {
    /// The exit code for a bad configuration (`EX_CONFIG` of sysexits.h).
    static let badConfiguration = ExitCode(78)

    let path: String

    /// Reads the file.
    ///
    /// - Parameter tellsWarnings: whether warnings are printed too; not where the command is about something else.
    /// - Throws: the exit code for a bad configuration, after every mistake was printed.
    func load(tellsWarnings: Bool = true) throws -> AgentConfiguration {
        do throws(ConfigurationErrors) {
            return try read { if tellsWarnings { StandardError.write(line: $0.description) } }
        } catch {
            StandardError.write(line: error.description)
            throw Self.badConfiguration
        }
    }

    /// Reads the file.
    func read(warn: (ConfigurationIssue) -> Void) throws(ConfigurationErrors) -> AgentConfiguration {
        try ConfigurationFile.load(
            path: path,
            environment: ProcessInfo.processInfo.environment,
            models: Set(ModelLibrary.ids),
            warn: warn
        )
    }
}
