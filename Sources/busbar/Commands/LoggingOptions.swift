import AgentConfiguration
import ArgumentParser
import Logging

/// The options that say how a command logs.
struct LoggingOptions: ParsableArguments {
    @Option(
        help: "How much to log: trace, debug, info, notice, warning, error or critical. Overrides the configuration."
    )
    var logLevel: LogLevelArgument?

    @Option(help: "Log lines for people (text) or for programs (json). Overrides the configuration.")
    var logFormat: LogFormatArgument?

    /// Sets up logging for the process. Once.
    func bootstrap(_ settings: LogSettings?) {
        if let logLevel { LogThreshold.fix(logLevel.level) }
        if let settings { LogThreshold.adopt(settings) }
        switch logFormat ?? settings.flatMap({ LogFormatArgument(rawValue: $0.format.rawValue) }) ?? .text {
        case .text: LoggingSystem.bootstrap { label in TextLogHandler(label: label) }
        case .json: LoggingSystem.bootstrap { label in JSONLogHandler(label: label) }
        }
    }
}
