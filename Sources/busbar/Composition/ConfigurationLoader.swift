import AgentConfiguration
import ArgumentParser
import Foundation
import SNMPDriver

/// Reads the configuration file, and says on standard error what is wrong with it.
struct ConfigurationLoader {
    /// The exit code for a bad configuration (`EX_CONFIG` of sysexits.h).
    static let badConfiguration = ExitCode(78)

    let path: String
    /// Who reads files.
    var files: any ConfigurationFileReader = LocalFileReader()

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
            environment: Self.environment(ProcessInfo.processInfo.environment) {
                FileManager.default.fileExists(atPath: $0)
            },
            models: Set(ModelLibrary.ids),
            files: files,
            warn: warn
        )
    }

    /// Where systemd keeps the credentials of the unit while it runs; root may read them.
    private static let unitCredentials = "/run/credentials/busbar.service"

    /// The variables that a configuration may name. Beside a running service they are completed with the place of its
    /// credentials, so that `check`, `health` and `log` read the file as the service did.
    static func environment(_ own: [String: String], exists: (String) -> Bool) -> [String: String] {
        guard own["CREDENTIALS_DIRECTORY"] == nil, exists(unitCredentials) else { return own }
        return own.merging(["CREDENTIALS_DIRECTORY": unitCredentials]) { first, _ in first }
    }
}
