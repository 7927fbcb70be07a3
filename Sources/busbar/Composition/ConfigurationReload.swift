import Agent
import AgentConfiguration
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP.
struct ConfigurationReload: Service, CustomStringConvertible {
    /// Short, because the group of services keeps it: by default it would be the whole configuration as text.
    let description = "configuration reload"
    let agent: PowerAgent
    let configuration: AgentConfiguration
    let path: String
    let factory: DriverFactory
    /// Has everything but the agent take over a new configuration.
    let adopt: @Sendable (AgentConfiguration) -> Void
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        var current = configuration
        for await _ in signals.cancelOnGracefulShutdown() {
            if let new = await reload(after: current) { current = new }
        }
    }

    /// Takes over a good new file; a bad one leaves the old configuration in force.
    private func reload(after current: AgentConfiguration) async -> AgentConfiguration? {
        let new: AgentConfiguration
        do throws(ConfigurationErrors) {
            new = try ConfigurationLoader(path: path).read { logger.warning("\($0)") }
        } catch {
            for issue in error.issues { logger.log(level: issue.severity == .error ? .error : .warning, "\(issue)") }
            logger.error("the configuration stays as it was")
            return nil
        }
        let plan: AgentPlan
        do {
            plan = try AgentPlan(new, factory: factory, after: current)
        } catch {
            logger.error("\(path): \(error)")
            logger.error("the configuration stays as it was")
            return nil
        }
        let needRestart = [
            ("agent", new.agent != current.agent), ("mqtt", new.mqtt != current.mqtt),
            ("log.format", new.log.format != current.log.format),
            ("home_assistant", new.homeAssistant != current.homeAssistant),
        ].filter(\.1).map(\.0)
        if !needRestart.isEmpty {
            logger.warning("changes under \(needRestart.joined(separator: ", ")) take effect at the next start")
        }
        adopt(new)
        await agent.adopt(plan)
        return new
    }
}
