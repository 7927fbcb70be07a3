import LocalServices
import TestSupport
import Testing

/// A running `busbar agent`.
final class AgentProcess: Sendable {
    let child: ChildProcess

    private init(_ child: ChildProcess) { self.child = child }

    /// Starts an agent with a configuration file; it may still be far from ready.
    static func start(
        configuration path: String,
        options: [String] = ["--log-level", "info"],
        environment: [String: String] = [:]
    ) async throws -> AgentProcess {
        AgentProcess(
            try await ChildProcess.start(
                try TestProgram.path,
                ["agent", "--config", path] + options,
                environment: environment,
                outputLimit: 1 << 20
            )
        )
    }

    /// What it logged.
    var log: String { child.standardError }

    /// The lines of the log that hold a text.
    func lines(with text: String) -> [Substring] {
        log.split(separator: "\n").filter { $0.contains(text) }
    }

    /// Waits until it has logged a text.
    func waitForLog(_ text: String) async throws {
        try #require(await child.waitForOutput(containing: text, within: .seconds(300)), "the log has no '\(text)'")
    }

    /// Stops it as a service manager does.
    ///
    /// - Returns: how it ended; nothing when it had to be killed.
    func stop() async -> TerminationStatus? {
        child.signal(15)
        return await child.waitForExit(within: .seconds(300))
    }

    /// Ends it as a power cut would.
    func kill() async { await child.kill() }

    /// Has it read its configuration again.
    func reload() { child.signal(1) }
}
