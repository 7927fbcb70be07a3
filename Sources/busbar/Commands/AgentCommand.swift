import AgentConfiguration
import AgentWeb
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

            Without a configuration, and on a terminal or with --set-up, it prints a link to a page of this machine that \
            leads from nothing to a switched outlet, and goes on as the agent when the configuration is written.

            Exit codes: 0 stopped as asked, 1 could not start or run, 64 wrong usage, 78 bad configuration.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @OptionGroup var logging: LoggingOptions

    @Flag(help: "Where there is no configuration yet, begin one by a page, also without a terminal.")
    var setUp = false

    func run() async throws {
        Allocator.useFewArenas()
        let path = file.path
        var beginning: SetupSaved?
        if SetupMode.isWanted(path: path, isAsked: setUp) { beginning = try await SetupMode(path: path).run() }
        let configuration = try ConfigurationLoader(path: path).load()
        logging.bootstrap(configuration.log)
        let logger = Logger(label: "busbar")
        let assembly = try AgentAssembly(configuration: configuration, path: path, logger: logger)
        try await assembly.run(after: beginning)
    }
}
