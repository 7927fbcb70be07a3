import AgentConfiguration
import ArgumentParser
@preconcurrency import Glibc

/// `busbar reload`: has the agent of this machine read its configuration again.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Check the configuration, have the agent on this machine take it over, and tell whether it did.",
        discussion: """
            A file with mistakes is told and the agent is left alone. No outlet is touched and the broker's connection \
            stays. Only root and the agent's own user may do this.

            Exit codes: 0 the new configuration is in force, 3 no agent answers, 64 wrong usage, 78 the configuration has \
            mistakes or the agent did not take it.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(help: "How many seconds the agent may take.")
    var timeout = 30.0

    func validate() throws {
        guard (0.1...3600).contains(timeout) else { throw ValidationError("--timeout must be from 0.1 to 3600") }
    }

    func run() async throws {
        let configuration = try ConfigurationLoader(path: file.path).load()
        try DriverFactory.checkModels(of: configuration, path: file.path)
        let question = HealthQuestion(stateDirectory: configuration.agent.stateDirectory)
        let end = ContinuousClock.now + .seconds(timeout)
        do {
            let before = try await question.ask(within: .seconds(timeout))
            guard let process = before.process, let reloads = before.reloads else {
                throw HealthQuestion.Problem(description: "the agent is of a version that cannot be asked to reload")
            }
            guard kill(process, SIGHUP) == 0 else {
                throw HealthQuestion.Problem(description: "the agent, process \(process), takes no signal of this user")
            }
            while ContinuousClock.now < end {
                let now = try await question.ask(within: end - .now)
                if let last = now.lastReload, now.reloads ?? 0 > reloads { return try tell(last) }
                try? await Task.sleep(for: .milliseconds(100))
            }
            throw HealthQuestion.Problem(description: "the agent did not say within \(timeout) s that it reloaded")
        } catch let problem as HealthQuestion.Problem {
            throw ExitCode.nobody.because("\(problem)")
        }
    }

    private func tell(_ reload: ReloadBook.Reload) throws {
        guard reload.problems.isEmpty else {
            for problem in reload.problems { StandardError.write(line: problem) }
            throw ExitCode.configuration.because("the agent did not take the configuration; the old one is in force")
        }
        print("\(file.path) is in force.")
        if !reload.waiting.isEmpty {
            print("Changes under \(reload.waiting.joined(separator: ", ")) take effect at the next start.")
        }
    }
}
