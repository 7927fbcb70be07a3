import AgentConfiguration
import HomeAssistant
import Power

extension DiscoverySettings {
    /// What the configuration says about Home Assistant; nothing where it says nothing.
    init?(_ configuration: AgentConfiguration) {
        guard let settings = configuration.homeAssistant else { return nil }
        let pdus = Dictionary(configuration.pdus.map { ($0.name, $0) }) { first, _ in first }
        self.init(
            prefix: settings.prefix,
            form: Form(settings),
            agent: configuration.agent.id,
            version: Version.current,
            isSole: configuration.agent.isSole,
            loads: configuration.loads.map { DiscoverySettings.Load($0, pdus) },
            showsFeeds: settings.showsFeeds
        )
    }
}

extension DiscoverySettings.Load {
    fileprivate init(_ load: LoadSettings, _ pdus: [PDUName: PDUSettings]) {
        let isProtected = load.feeds.contains { feed in
            guard let outlet = pdus[feed.pdu]?.outlet(feed.outlet) else { return false }
            return outlet.isProtected || outlet.forbidsOff
        }
        self.init(name: load.name, label: load.label, feeds: load.feeds, canCycle: !isProtected)
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
