import Agent
import AgentConfiguration

extension DiscoverySettings {
    /// What the configuration says about Home Assistant; nothing when discovery is off.
    init?(_ configuration: AgentConfiguration) {
        guard let settings = configuration.homeAssistant else { return nil }
        self.init(
            prefix: settings.prefix,
            form: settings.discovery == .device ? .device : .components,
            agent: configuration.agent.id,
            version: Version.current,
            isSole: configuration.agent.isSole
        )
    }
}
