import Agent
import AgentConfiguration

extension DiscoverySettings {
    /// What the configuration says about Home Assistant; nothing where it says nothing.
    init?(_ configuration: AgentConfiguration) {
        guard let settings = configuration.homeAssistant else { return nil }
        self.init(
            prefix: settings.prefix,
            form: Form(settings),
            agent: configuration.agent.id,
            version: Version.current,
            isSole: configuration.agent.isSole
        )
    }
}

extension DiscoverySettings.Form {
    fileprivate init(_ settings: HomeAssistantSettings) {
        guard settings.isEnabled else {
            self = .withdrawn
            return
        }
        self = settings.discovery == .device ? .device : .components
    }
}
