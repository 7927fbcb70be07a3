import Agent
import AgentConfiguration
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP, and when the page has changed it.
struct ConfigurationReload: Service, CustomStringConvertible {
    /// Short, because the group of services keeps it: by default it would be the whole configuration as text.
    let description = "configuration reload"
    let agent: PowerAgent
    let configuration: AgentConfiguration
    let path: String
    let factory: DriverFactory
    let book: ReloadBook
    /// Has everything but the agent take over a new configuration.
    let adopt: @Sendable (AgentConfiguration) -> Void
    let logger: Logger

    func run() async throws {
        defer { book.end() }
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await withTaskGroup { group in
            group.addTask { [book] in
                for await _ in signals.cancelOnGracefulShutdown() { book.ask() }
                book.end()
            }
            var current = configuration
            for await _ in book.wishes {
                // Whoever asks from now on may have written since the file was read.
                let waiters = book.waiters()
                if let new = await reload(after: current) { current = new }
                if let last = book.current.last { book.answer(waiters, with: last) }
            }
            group.cancelAll()
        }
    }

    /// Takes over a good new file; a bad one leaves the old configuration in force.
    private func reload(after current: AgentConfiguration) async -> AgentConfiguration? {
        var new: AgentConfiguration
        do throws(ConfigurationErrors) {
            new = try ConfigurationLoader(path: path).read { logger.warning("\($0)") }
        } catch {
            for issue in error.issues { logger.log(level: issue.severity == .error ? .error : .warning, "\(issue)") }
            logger.error("the configuration stays as it was")
            book.note(problems: error.issues.map(\.description))
            return nil
        }
        let waiting = keepWhatNeedsAStart(of: current, in: &new)
        let plan: AgentPlan
        do {
            plan = try AgentPlan(new, factory: factory, after: current)
        } catch {
            logger.error("\(path): \(error)")
            logger.error("the configuration stays as it was")
            book.note(problems: ["\(path): \(error)"])
            return nil
        }
        adopt(new)
        await agent.adopt(plan)
        book.note(waiting: waiting)
        return new
    }

    /// Leaves as it is what cannot change while the agent runs, and says so.
    private func keepWhatNeedsAStart(of current: AgentConfiguration, in new: inout AgentConfiguration) -> [String] {
        var waiting: [String] = []
        func keep<Value: Equatable>(_ name: String, _ path: WritableKeyPath<AgentConfiguration, Value>) {
            guard new[keyPath: path] != current[keyPath: path] else { return }
            waiting.append(name)
            new[keyPath: path] = current[keyPath: path]
        }
        keep("agent", \.agent)
        keep("mqtt", \.mqtt)
        keep("fleet", \.fleet)
        keep("log.format", \.log.format)
        if let prefix = current.homeAssistant?.prefix, new.homeAssistant != nil, new.homeAssistant?.prefix != prefix {
            waiting.append("home_assistant.prefix")
            new.homeAssistant?.prefix = prefix
        }
        if !waiting.isEmpty {
            logger.warning("changes under \(waiting.joined(separator: ", ")) take effect at the next start")
        }
        return waiting
    }
}
