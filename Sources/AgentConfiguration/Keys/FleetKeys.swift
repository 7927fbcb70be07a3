/// `fleet`.
enum FleetKeys {
    static let etcd = Key(
        "etcd",
        Form<[FleetSettings.Endpoint]>.oneOrMore(.etcd),
        .required,
        example: "[https://etcd1:2379, https://etcd2:2379, https://etcd3:2379]",
        "The addresses of etcd 3.4 or later: `http://host`, or `https://host` for TLS, with `:port` where it is not 2379. "
            + "Name all members; one after the other is tried."
    )
    static let prefix = Key(
        "prefix",
        Form<String>.etcdPrefix,
        .value("/busbar/lab"),
        example: "/busbar/lab",
        "What the keys of this fleet begin with. Every fleet and every base topic needs one of its own."
    )
    static let ttl = Key(
        "ttl",
        Form<Duration>.duration(.seconds(2)...(.seconds(300))),
        .value(.seconds(5)),
        example: "5s",
        "How long after an agent's last word the others take its PDUs over, in whole seconds."
    )
    static let username = Key(
        "username",
        Form<String>.text(),
        .optional("none"),
        example: "busbar",
        "The user's name at etcd."
    )
    static let password = SecretKey("password", .described("none"), "The user's password. It needs `username`.")
    static let preference = Key(
        "preference",
        Form<Int>.integer(0...100),
        .value(0),
        example: "10",
        "Of the agents that have a PDU, those with the largest preference take it first."
    )
    static let capacity = Key(
        "capacity",
        Form<Int>.integer(1...1000),
        .value(100),
        example: "100",
        "The agent's share of the PDUs beside the other agents' shares: one with 200 takes twice as many as one with 100."
    )
    static let caFile = Key(
        "ca_file",
        Form<String>.file,
        .optional("the system's authorities"),
        example: "ca.pem",
        "The authorities that etcd's certificate may come from, PEM."
    )
    static let tlsTable = KeyTable("fleet.tls", [caFile.entry] + TLSIdentityKeys.optionalEntries)
    static let tls = Key(
        "tls",
        Form<TLSSettings>.section(tlsTable) { section in
            let caFile = section[caFile]
            let identity = TLSIdentityKeys.readOptional(section)
            return TLSSettings(caFile: caFile, identity: identity)
        },
        .optional("the system's authorities, no certificate of the agent's own"),
        example: "{ ca_file: ca.pem }",
        "How etcd is checked, and how the agent shows itself. Takes effect with `https://`."
    )

    static let table = KeyTable(
        "fleet",
        [etcd.entry, prefix.entry, ttl.entry, username.entry] + password.entries + [
            preference.entry, capacity.entry, tls.entry,
        ]
    )

    static func read(_ section: Section) -> FleetSettings? {
        let endpoints = section[etcd]
        let prefix = section[prefix]
        let ttl = section[ttl]
        let username = section[username]
        let password = section.secret(password)
        let preference = section[preference]
        let capacity = section[capacity]
        let tls = section[tls]
        if section.has(Self.password), !section.has(Self.username.name) {
            let key = section.has(Self.password.name) ? Self.password.name : Self.password.fileName
            section.report(key, "a password needs username")
        }
        if let ttl, ttl.components.attoseconds != 0 {
            section.report(Self.ttl.name, "expected whole seconds, found \(ttl.formatted)")
        }
        let usesTLS = endpoints?.contains(where: \.usesTLS) ?? false
        if let endpoints, usesTLS, !endpoints.allSatisfy(\.usesTLS) {
            section.report(
                etcd.name,
                "either all addresses are https:// or none, so that TLS is never given up unnoticed"
            )
        }
        if endpoints != nil, !usesTLS, section.has(Self.tls.name) {
            section.report(
                Self.tls.name,
                "etcd is spoken to without TLS, so this has no effect; write https:// in etcd to encrypt",
                severity: .warning
            )
        }
        guard let endpoints, let prefix, let ttl, let preference, let capacity else { return nil }
        return FleetSettings(
            endpoints: endpoints,
            prefix: prefix,
            ttl: ttl,
            username: username,
            password: password,
            preference: preference,
            capacity: capacity,
            tls: usesTLS ? tls ?? TLSSettings() : nil
        )
    }
}

extension Form<FleetSettings.Endpoint> {
    /// `http://host:port`. What is wrong with it is never shown, as it may hold a password.
    fileprivate static var etcd: Self {
        let expectation = "an address such as http://host:2379 or https://host:2379"
        return Form(.text("address"), expecting: expectation) { spot in
            guard let text = spot.text(expecting: expectation) else { return nil }
            let scheme = ["http://", "https://"].first { text.hasPrefix($0) }
            guard let scheme else {
                spot.report("expected \(expectation), found no http:// or https://")
                return nil
            }
            let rest = text.dropFirst(scheme.count)
            guard !rest.contains("@") else {
                spot.report("credentials do not belong into the address; use username and password_file")
                return nil
            }
            let address = rest.hasSuffix("/") ? rest.dropLast() : rest
            guard let (host, portText) = HostName.splitPort(address), HostName.isValid(host) else {
                spot.report("expected \(expectation), found no valid host in it")
                return nil
            }
            guard let port = portText.map(HostName.port) ?? 2379 else {
                spot.report("expected \(expectation), found no port from 1 to 65535 behind the host")
                return nil
            }
            return FleetSettings.Endpoint(host: host, port: port, usesTLS: scheme == "https://")
        }
    }
}

extension Form<String> {
    /// A path of etcd's keys.
    fileprivate static var etcdPrefix: Self {
        let expectation = "a path such as /busbar/lab: one or more levels of A-Z a-z 0-9 _ - . with a slash before each"
        return text("prefix", expecting: expectation) { text in
            let levels = text.split(separator: "/", omittingEmptySubsequences: false)
            let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
            let isPath =
                text.utf8.count <= 200 && levels.count > 1 && levels.first == ""
                && levels.dropFirst().allSatisfy { !$0.isEmpty && $0.allSatisfy(allowed.contains) }
            return isPath ? text : nil
        }
    }
}
