/// The agent's own log.
public struct LogSettings: Sendable, Equatable {
    /// How much is told; each level holds the ones after it.
    public enum Level: String, Sendable, Hashable, CaseIterable {
        /// Everything, step by step.
        case trace
        /// What a developer needs.
        case debug
        /// What happens.
        case info
        /// What is worth a look.
        case notice
        /// What may be wrong.
        case warning
        /// What is wrong.
        case error
        /// What stops the agent.
        case critical
    }

    /// How a line is written.
    public enum Format: String, Sendable, Hashable, CaseIterable {
        /// For people.
        case text
        /// One JSON object a line.
        case json
    }

    /// `log.level`.
    public var level: Level
    /// `log.format`.
    public var format: Format
}
