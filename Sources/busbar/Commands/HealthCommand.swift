import AgentConfiguration
import ArgumentParser

/// `busbar health`: asks the agent of this machine how it is.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask the agent on this machine how it is.",
        discussion: """
            Asks the agent itself by the socket in its state directory, so it works without a broker and without \
            web.listen. Only root and the agent's own user may ask.

            An agent whose broker or devices are away is well and goes on trying; with --ready that counts as a \
            failure too.

            Exit codes: 0 it is well, 1 it does not answer or, with --ready, is not ready, 64 wrong usage, 78 bad \
            configuration.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(help: "The agent's state directory; the configuration file is not needed then.")
    var stateDirectory: String?

    @Flag(
        help: """
            Fail unless the broker has granted the subscriptions and every device was asked once.
            """
    )
    var ready = false

    @Option(help: "How many seconds to wait for the answer.")
    var timeout = 5.0

    @Flag(help: "One JSON object.")
    var json = false

    func validate() throws {
        guard (0.1...3600).contains(timeout) else { throw ValidationError("--timeout must be from 0.1 to 3600") }
    }

    func run() async throws {
        let directory =
            try stateDirectory
            ?? ConfigurationLoader(path: file.path).load(tellsWarnings: false).agent.stateDirectory
        let report: HealthReport
        do throws(HealthQuestion.Problem) {
            report = try await HealthQuestion(stateDirectory: directory).ask(within: .seconds(timeout))
        } catch {
            StandardError.write(line: "busbar: \(error)")
            throw ExitCode.failure
        }
        print(json ? try JSONText.lines([report]) : report.text)
        if ready, !report.isReady { throw ExitCode.failure }
    }
}
