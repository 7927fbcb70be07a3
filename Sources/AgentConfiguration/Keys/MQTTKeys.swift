/// `mqtt`.
enum MQTTKeys {
    /// The words of `mqtt.session`.
    enum SessionKind: String, Sendable, CaseIterable {
        case clean, persistent
    }

    static let broker = Key(
        "broker",
        Form<[BrokerAddress]>.oneOrMore(.broker),
        .required,
        example: "[mqtts://broker1.example.org, mqtts://broker2.example.org]",
        "The broker: `mqtt://host`, or `mqtts://host` for TLS, with `:port` where it is not 1883 or 8883. "
            + "Of a list, one after the other is tried. IPv6 addresses stand in brackets: `mqtt://[2001:db8::1]`."
    )
    static let clientID = Key(
        "client_id",
        Form<String>.text(limit: 128),
        .optional("`busbar-` and the agent's id"),
        example: "busbar-bench-1",
        "The MQTT client identifier. Two clients with the same one throw each other off the broker."
    )
    static let username = Key(
        "username",
        Form<String>.text(),
        .optional("none"),
        example: "busbar",
        "The user's name at the broker."
    )
    static let password = SecretKey("password", .described("none"), "The user's password. It needs `username`.")
    static let baseTopic = Key(
        "base_topic",
        Form<String>.topic,
        .value("lab"),
        example: "site/lab",
        "The topic levels that all of the agent's own topics begin with. No wildcards, no empty level, no `$` in front."
    )
    static let protocolVersion = Key(
        "protocol",
        Form<MQTTSettings.ProtocolVersion>.choice(),
        .value(.automatic),
        example: "auto",
        "The version of MQTT. `auto` is 5, and 3.1.1 where the broker does not know 5."
    )
    static let keepalive = Key(
        "keepalive",
        Form<Duration>.duration(.seconds(5)...(.seconds(64800))),
        .value(.seconds(10)),
        example: "10s",
        "How long the connection may be silent, in whole seconds. The broker publishes the last will after one and a "
            + "half times this."
    )
    static let session = Key(
        "session",
        Form<SessionKind>.choice(),
        .value(.clean),
        example: "clean",
        "Whether the broker forgets the agent when it goes (`clean`) or keeps commands for it (`persistent`). Kept "
            + "commands are carried out only when they have a deadline or an expiry that still holds."
    )
    static let sessionExpiry = Key(
        "session_expiry",
        Form<Duration>.duration(.seconds(1)...(.seconds(86400 * 7)), days: true),
        .optional("`1h` with `session: persistent`"),
        example: "1h",
        "How long the broker keeps a persistent session."
    )
    static let maximumInFlight = Key(
        "max_inflight",
        Form<Int>.integer(1...1000),
        .value(20),
        example: "20",
        "How many messages may wait for the broker's acknowledgement at once."
    )
    static let maximumQueued = Key(
        "max_queued",
        Form<Int>.integer(100...1_000_000),
        .value(100_000),
        example: "100000",
        "How many messages may wait in the agent while the broker is slow or away. Of a retained topic only the newest "
            + "waits, so twice the number of topics is plenty."
    )
    static let requireUser = Key(
        "require_user",
        Form<Bool>.boolean,
        .value(false),
        example: "true",
        "Whether only commands below `lab/user/<user>/` are heeded, where the broker lets only that user write. Others are "
            + "`rejected` with `unauthorized`."
    )
    static let tls = Key(
        "tls",
        Form<TLSSettings>.section(TLSKeys.table, read: TLSKeys.read),
        .optional("the system's authorities, no certificate of the agent's own"),
        example: "{ ca_file: ca.pem }",
        "How the broker is checked, and how the agent shows itself. Takes effect with `mqtts://`."
    )

    static let table = KeyTable(
        "mqtt",
        [broker.entry, clientID.entry, username.entry] + password.entries + [
            baseTopic.entry, protocolVersion.entry, keepalive.entry, session.entry, sessionExpiry.entry,
            maximumInFlight.entry, maximumQueued.entry, requireUser.entry, tls.entry,
        ],
        refusals: [
            "host": "unknown key; write the host into broker: mqtt://host:1883",
            "port": "unknown key; write the port into broker: mqtt://host:1883",
            "user": "unknown key; did you mean \"username\"?",
        ]
    )

    static func read(_ section: Section) -> MQTTSettings? {
        let brokers = section[broker]
        let username = section[username]
        let password = section.secret(password)
        let tls = section[tls]
        let kind = section[session]
        let expiry = section[sessionExpiry]
        if section.has(Self.password), !section.has(Self.username.name) {
            let key = section.has(Self.password.name) ? Self.password.name : Self.password.fileName
            section.report(key, "a password needs username")
        }
        if section.has(sessionExpiry.name), kind == .clean {
            section.report(
                sessionExpiry.name,
                "a clean session does not expire; leave it out or write session: persistent"
            )
        }
        let usesTLS = brokers?.contains(where: \.usesTLS) ?? false
        if let brokers, usesTLS, !brokers.allSatisfy(\.usesTLS) {
            section.report(
                broker.name,
                "either all brokers are mqtts:// or none, so that TLS is never given up unnoticed"
            )
        }
        if brokers != nil, !usesTLS, section.has(Self.tls.name) {
            section.report(
                Self.tls.name,
                "the broker is spoken to without TLS, so this has no effect; write mqtts:// in broker to encrypt",
                severity: .warning
            )
        }
        let keepalive = section[keepalive]
        if let keepalive, keepalive.components.attoseconds != 0 {
            section.report(Self.keepalive.name, "expected whole seconds, found \(keepalive.formatted)")
        }
        let clientID = section[clientID] ?? section.context.agentID.map { "busbar-\($0)" }
        let topic = section[baseTopic]
        let version = section[protocolVersion]
        let inFlight = section[maximumInFlight]
        let queued = section[maximumQueued]
        let requiresUser = section[requireUser]
        guard let brokers, let clientID, let topic, let version, let keepalive, let kind, let inFlight, let queued,
            let requiresUser
        else { return nil }
        return MQTTSettings(
            brokers: brokers,
            clientID: clientID,
            username: username,
            password: password,
            baseTopic: topic,
            protocolVersion: version,
            keepalive: keepalive,
            session: kind == .persistent ? .persistent(expiry: expiry ?? .seconds(3600)) : .clean,
            maximumInFlight: inFlight,
            maximumQueued: queued,
            requiresUser: requiresUser,
            tls: usesTLS ? tls ?? TLSSettings() : nil
        )
    }
}
