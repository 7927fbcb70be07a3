/// Everything the agent is told by its configuration file, checked and complete.
///
/// Defaults are filled in and inheritance is resolved (`defaults`, `poll`, PDU, outlet), so a reader asks one place.
/// Two values are equal when the files behind them ask for the same, so a reload can tell what changed.
public struct AgentConfiguration: Sendable, Equatable {
    /// `agent`: who this agent is and where it keeps its state.
    public var agent: AgentSettings
    /// `mqtt`: the brokers and how to speak to them.
    public var mqtt: MQTTSettings
    /// `fleet`: the agents that this one shares its PDUs with; nothing when it has them alone.
    public var fleet: FleetSettings?
    /// `web`: the page, metrics and health; nothing when it is off.
    public var web: WebSettings?
    /// `pdudaemon`: the listener for pdudaemon's clients; nothing when it is off.
    public var pdudaemon: PDUDaemonSettings?
    /// `home_assistant`: discovery; nothing when it is off.
    public var homeAssistant: HomeAssistantSettings?
    /// `users` and `users_file`, by name; nothing where none are configured, and nobody is asked who it is.
    public var users: [String: UserSettings]?
    /// `users_file`.
    public var usersFile: String?
    /// `audit`: how long the audit trail is kept.
    public var audit: AuditSettings
    /// `log`: the agent's own log.
    public var log: LogSettings
    /// `circuits`, in the order of the file.
    public var circuits: [CircuitSettings]
    /// `groups`, in the order of the file.
    public var groups: [GroupSettings]
    /// `loads`, in the order of the file.
    public var loads: [LoadSettings]
    /// `pdus`, in the order of the file; at least one, names unique.
    public var pdus: [PDUSettings]
}
