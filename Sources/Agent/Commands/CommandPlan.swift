/// What a command would do, for a dry run.
public struct CommandPlan: Sendable, Equatable, Codable {
    /// One step.
    public struct Step: Sendable, Equatable, Codable {
        /// When it would happen, in seconds from now.
        public var after: Double
        /// The outlet, as `bench/1`.
        public var outlet: String
        /// What would be done: `ON`, `OFF`, or `TOGGLE` when that depends on the state then.
        public var action: String
    }

    /// The steps in their order.
    public var steps: [Step]
    /// How many commands would go before it.
    public var waiting: Int
    /// What would forbid it.
    public var obstacles: [CommandResult.Problem]
    /// How long it would take until the last step, in seconds.
    public var duration: Double

    private enum CodingKeys: String, CodingKey {
        case steps
        case waiting
        case obstacles
        case duration = "duration_s"
    }
}
