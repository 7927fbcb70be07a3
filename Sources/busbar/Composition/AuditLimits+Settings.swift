import Agent
import AgentConfiguration

extension AuditLimits {
    /// How much is kept, as the configuration says.
    init(_ settings: AuditSettings) {
        self.init(age: settings.maximumAge, size: settings.maximumSize)
    }
}
