import AgentConfiguration
import ArgumentParser
import Foundation
import Logging

/// `busbar agent`: runs the agent in the foreground.
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Run the agent.",
        discussion: """
            Runs in the foreground until SIGTERM or Ctrl-C. Running switches then finish or become unknown, the agent \
            says that it is offline, and exits with 0 within 10 seconds.

            SIGHUP makes it read its configuration again, without dropping the broker's connection or touching an \
            outlet. A bad file leaves the old configuration in force.

            Exit codes: 0 stopped as asked, 1 could not start or run, 64 wrong usage, 78 bad configuration.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        Allocator.useFewArenas()
        let path = file.path
        let configuration = try ConfigurationLoader(path: path).load()
        logging.bootstrap(configuration.log)
        let logger = Logger(label: "busbar")
        let assembly = try AgentAssembly(configuration: configuration, path: path, logger: logger)
        try await assembly.run()
    }
}
