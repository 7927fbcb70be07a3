/// The keys on the left edge of the file.
enum RootKeys {
    static let agent = Key(
        "agent",
        Form<AgentSettings>.section(AgentKeys.table, read: AgentKeys.read),
        .empty,
        example: "{ id: bench-1 }",
        "Who the agent is and where it keeps its state."
    )
    static let mqtt = Key(
        "mqtt",
        Form<MQTTSettings>.section(MQTTKeys.table, read: MQTTKeys.read),
        .required,
        example: "{ broker: \"mqtt://127.0.0.1\" }",
        "The broker and how to speak to it."
    )
    static let fleet = Key(
        "fleet",
        Form<FleetSettings>.section(FleetKeys.table, read: FleetKeys.read),
        .optional("the agent has its PDUs alone"),
        example: "{ etcd: [\"http://etcd1:2379\", \"http://etcd2:2379\", \"http://etcd3:2379\"] }",
        "Shares the PDUs with other agents that have the same in their configuration: one owns a PDU, the others stand by."
    )
    static let poll = Key(
        "poll",
        Form<PollSettings>.section(PollKeys.table) { PollKeys.read($0, inheriting: .standard) },
        .empty,
        example: "{ interval: 10s }",
        "How often devices are read, where a PDU says nothing else."
    )
    static let telemetry = Key(
        "telemetry",
        Form<TelemetrySettings>.section(TelemetryKeys.table) { TelemetryKeys.read($0, inheriting: .standard) },
        .empty,
        example: "{ min_change: 1%, interval: 60s }",
        "When measurements are published, where a PDU says nothing else."
    )
    static let web = Key(
        "web",
        Form<WebSettings>.section(WebKeys.table, read: WebKeys.read),
        .optional("no web server"),
        example: "{ listen: \"127.0.0.1:8480\" }",
        "The page, metrics and health over HTTP. An empty `web:` turns it on with its defaults."
    )
    static let users = Key(
        "users",
        UserKeys.form,
        .optional("nobody is asked who it is"),
        example: "{ anna: { role: operate, scope: \"rack1/*\" } }",
        "Who may do what over HTTP and MQTT, by the user's name."
    )
    static let usersFile = Key(
        "users_file",
        Form<String>.path,
        .optional("none"),
        example: "users.yaml",
        "A file with further users, of the form of `users`, which `busbar user` writes. It may be missing."
    )
    static let pdudaemon = Key(
        "pdudaemon",
        Form<PDUDaemonSettings>.section(PDUDaemonKeys.table, read: PDUDaemonKeys.read),
        .optional("no such listener"),
        example: "{ listen: \"127.0.0.1:16421\" }",
        "A listener for clients made for pdudaemon. An empty `pdudaemon:` turns it on with its defaults."
    )
    static let homeAssistant = Key(
        "home_assistant",
        Form<HomeAssistantSettings>.section(HomeAssistantKeys.table, read: HomeAssistantKeys.read),
        .optional("nothing is announced"),
        example: "{ enabled: true }",
        "Discovery by Home Assistant."
    )
    static let groups = Key(
        "groups",
        Form<[(String, GroupSettings)]>.map(.names, .section(GroupKeys.table, read: GroupKeys.read)),
        .optional("no groups"),
        example: "{ rack-a: { outlets: [bench/1] } }",
        "Outlets and loads that take commands together, by the group's name."
    )
    static let loads = Key(
        "loads",
        Form<[(String, LoadSettings)]>.map(.names, .section(LoadKeys.table, read: LoadKeys.read)),
        .optional("no loads"),
        example: "{ server1: { feeds: [bench/2] } }",
        "Things that several outlets feed, such as a server with two supplies, by the load's name."
    )
    static let circuits = Key(
        "circuits",
        Form<[(String, CircuitSettings)]>.map(.names, .section(CircuitKeys.table, read: CircuitKeys.read)),
        .optional("no circuits"),
        example: "{ fuse-7: { max_switch_ons_per_second: 2 } }",
        "Fuses that several outlets hang on, by the circuit's name."
    )
    static let audit = Key(
        "audit",
        Form<AuditSettings>.section(AuditKeys.table, read: AuditKeys.read),
        .empty,
        example: "{ max_age: 90d, max_size: 64MiB }",
        "How long the audit trail is kept. The limit that is reached first counts."
    )
    static let log = Key(
        "log",
        Form<LogSettings>.section(LogKeys.table, read: LogKeys.read),
        .empty,
        example: "{ level: info, format: text }",
        "The agent's own log, on standard error."
    )
    static let defaults = Key(
        "defaults",
        Form<Bool>.section(DefaultsKeys.table, read: DefaultsKeys.read),
        .empty,
        example: "{ stagger: 500ms }",
        "What holds for every PDU that says nothing else."
    )
    static let pdus = Key(
        "pdus",
        Form<[PDUSettings]>.list(PDUKeys.form),
        .required,
        example: "[{ name: strip, driver: energenie, host: 192.0.2.11, password_file: /etc/busbar/strip }]",
        "The PDUs, one or more."
    )

    static let table = KeyTable(
        "",
        [
            agent.entry, mqtt.entry, fleet.entry, poll.entry, telemetry.entry, web.entry, users.entry, usersFile.entry,
            pdudaemon.entry, homeAssistant.entry, audit.entry,
            log.entry,
            defaults.entry, circuits.entry, groups.entry, loads.entry, pdus.entry,
        ]
    )

    /// Reads sections after those that they refer to, whatever their order in the file.
    static func read(_ section: Section) -> AgentConfiguration? {
        let context = section.context
        let agent = section[agent]
        context.agentID = agent?.id
        context.isSole = agent?.isSole ?? false
        let mqtt = section[mqtt]
        context.baseTopic = mqtt?.baseTopic
        context.hasUsers = section.has(users.name) || section.has(usersFile.name)
        let fleet = section[fleet]
        let web = section[web]
        let users = UserKeys.read(section, inline: users, file: usersFile)
        let usersFile = section[usersFile]
        let pdudaemon = section[pdudaemon]
        let homeAssistant = section[homeAssistant]
        let audit = section[audit]
        let log = section[log]
        if let poll = section[poll] { context.inherited.poll = poll }
        if let telemetry = section[telemetry] { context.inherited.telemetry = telemetry }
        _ = section[defaults]
        let circuits = section[circuits]?.map(\.1) ?? []
        let pdus = section[pdus]
        let loads = section[loads]?.map(\.1) ?? []
        LoadKeys.checkRequirements(context)
        let groups = section[groups]?.map(\.1) ?? []
        guard let agent, let mqtt, let audit, let log, let pdus else { return nil }
        return AgentConfiguration(
            agent: agent,
            mqtt: mqtt,
            fleet: fleet,
            web: web,
            pdudaemon: pdudaemon,
            homeAssistant: homeAssistant,
            users: users,
            usersFile: usersFile,
            audit: audit,
            log: log,
            circuits: circuits,
            groups: groups,
            loads: loads,
            pdus: pdus
        )
    }
}
