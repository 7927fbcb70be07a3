/// `web`.
enum WebKeys {
    static let listen = Key(
        "listen",
        Form<ListenAddress>.listen,
        .value(ListenAddress(host: "127.0.0.1", port: 8480)),
        example: "127.0.0.1:8480",
        "Where the page, metrics and health are served. Beyond the host itself `users`, a `token`, or `username` and "
            + "`password` are required."
    )
    static let allAgents = Key(
        "all_agents",
        Form<Bool>.boolean,
        .value(false),
        example: "true",
        "Whether the page shows what every agent at the broker has, and not only this one. What others have is switched over "
            + "the broker, as the user who is signed in; the user of `mqtt` needs the rights for that, as `busbar acl` has them."
    )
    static let token = SecretKey(
        "token",
        .described("none"),
        minimumLength: 16,
        "What clients show as bearer token. It may do everything; `users` may have narrower ones."
    )
    static let username = Key(
        "username",
        Form<String>.text(limit: 64),
        .optional("none"),
        example: "lab",
        "The name that people give in the browser. It needs `password`, and may do everything."
    )
    static let password = SecretKey(
        "password",
        .described("none"),
        minimumLength: 8,
        "The password that people give. It needs `username`."
    )
    static let tls = Key(
        "tls",
        Form<TLSIdentity>.section(TLSIdentityKeys.table, read: TLSIdentityKeys.read),
        .optional("plain HTTP"),
        example: "{ certificate_file: web.pem, key_file: web.key }",
        "The server's certificate, for HTTPS."
    )
    static let socket = Key(
        "socket",
        Form<SocketFileSettings>.section(SocketFileKeys.table, read: SocketFileKeys.read),
        .optional("no such listener"),
        example: "{ path: /run/busbar/web.sock, group: www-data }",
        "A Unix socket at which the same is served besides: for programs of this host, or a proxy that runs on it."
    )
    static let trustedProxies = Key(
        "trusted_proxies",
        Form<[AddressRange]>.list(.addressRange),
        .optional("none"),
        example: "[127.0.0.1]",
        "The reverse proxies in front. What they write at the end of `X-Forwarded-For` is taken for the client's address: in "
            + "the log, for pauses after wrong credentials, and for how many requests of an address may wait."
    )
    static let proxyLogin = Key(
        "proxy_login",
        Form<ProxyLoginSettings>.section(ProxyLoginKeys.table, read: ProxyLoginKeys.read),
        .optional("no such login"),
        example: "{ header: Remote-User }",
        "Login by a reverse proxy, which says in a header who has logged in there. It needs `trusted_proxies`."
    )
    static let sessionIdle = Key(
        "session_idle",
        Form<Duration>.duration(.seconds(60)...(.seconds(86400 * 30)), days: true),
        .value(.seconds(12 * 3600)),
        example: "12h",
        "After how long without a request somebody has to sign in again."
    )
    static let sessionLimit = Key(
        "session_limit",
        Form<Duration>.duration(.seconds(60)...(.seconds(86400 * 90)), days: true),
        .value(.seconds(86400 * 7)),
        example: "7d",
        "After how long somebody has to sign in again in any case."
    )
    static let history = Key(
        "history",
        Form<Duration>.duration(.zero...(.seconds(86400 * 2))),
        .value(.seconds(6 * 3600)),
        example: "6h",
        "How far back what outlets and PDUs drew is kept in memory, beside what is on the disk. `0s` keeps nothing."
    )
    static let historyMemory = Key(
        "history_memory",
        Form<Int>.size((64 << 10)...(1 << 30)),
        .value(8 << 20),
        example: "8MiB",
        "How much memory that may take. When it does not suffice, it becomes coarser, and then PDUs alone are kept."
    )

    static let historySize = Key(
        "history_size",
        Form<Int>.size((1 << 20)...(1 << 40)),
        .value(256 << 20),
        example: "1GiB",
        "How much of the disk what was measured may take, in `history.sqlite` of the state directory. It becomes coarser as "
            + "it ages, and the oldest goes first. `history: 0s` keeps nothing there either."
    )
    static let energyPrice = Key(
        "energy_price",
        Form<Double>.number(0...1000),
        .optional("none"),
        example: "0.32",
        "What a kilowatt-hour costs; the page shows the cost of each day and month with it."
    )
    static let currency = Key(
        "currency",
        Form<String>.text("currency", expecting: "a currency's three letters, such as EUR") { text in
            text.count == 3 && text.allSatisfy { ("A"..."Z").contains($0) } ? text : nil
        },
        .value("EUR"),
        example: "USD",
        "The currency of `energy_price`."
    )
    static let frameAncestors = Key(
        "frame_ancestors",
        Form<[String]>.list(
            .text("origin", expecting: "an origin such as https://home.example:8123") { text in
                let allowed = text.hasPrefix("https://") || text.hasPrefix("http://")
                let rest = text.drop { $0 != "/" }.dropFirst(2)
                let isPlain = rest.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-:*[]".contains($0)) }
                return allowed && !rest.isEmpty && isPlain ? text : nil
            }
        ),
        .optional("none"),
        example: "[\"http://homeassistant.local:8123\"]",
        "Whose pages may show this page in a frame, such as a dashboard of Home Assistant."
    )

    static let table = KeyTable(
        "web",
        [listen.entry, allAgents.entry] + token.entries + [username.entry] + password.entries
            + [
                tls.entry, socket.entry, trustedProxies.entry, proxyLogin.entry, sessionIdle.entry, sessionLimit.entry,
                history.entry,
                historyMemory.entry, historySize.entry, energyPrice.entry, currency.entry, frameAncestors.entry,
            ],
        refusals: ["port": "unknown key; write the port into listen: 127.0.0.1:8480"]
    )

    static func read(_ section: Section) -> WebSettings? {
        let listen = section[listen]
        let allAgents = section[allAgents]
        if allAgents == true, section.context.isSole {
            section.report(
                Self.allAgents.name,
                "agent.sole says that there is no other agent; leave out one of the two"
            )
        }
        let token = section.secret(token)
        let username = section[username]
        let password = section.secret(password)
        let tls = section[tls]
        let socket = section[socket]
        let trustedProxies = section[trustedProxies] ?? []
        let proxyLogin = section[proxyLogin]
        if section.has(Self.proxyLogin.name), !section.has(Self.trustedProxies.name) {
            section.report(
                Self.proxyLogin.name,
                "trusted_proxies is required: the addresses whose header is believed, as trusted_proxies: [127.0.0.1]"
            )
        }
        if section.has(Self.username.name) != section.has(Self.password) {
            let missing = section.has(Self.username.name) ? "password or password_file" : "username"
            let name = [Self.username.name, Self.password.name, Self.password.fileName].first(where: section.has)
            section.report(name ?? Self.username.name, "a login needs \(missing) too")
        }
        if let listen, !listen.isLoopback {
            let isClosed = section.context.hasUsers || section.has(Self.proxyLogin.name)
            if !isClosed, !section.has(Self.token), !section.has(Self.username.name), !section.has(Self.password) {
                section.report(
                    Self.listen.name,
                    "\(listen) can be reached from other hosts, so users, token (or token_file), or username and password, is "
                        + "required"
                )
            } else if !section.has(Self.tls.name) {
                section.report(
                    Self.listen.name,
                    "credentials for \(listen) cross the network in the clear; give tls, or listen on 127.0.0.1 behind a proxy",
                    severity: .warning
                )
            }
        }
        let history = section[history]
        let historyMemory = section[historyMemory]
        let sessionIdle = section[sessionIdle]
        let sessionLimit = section[sessionLimit]
        let (historySize, currency) = (section[historySize], section[currency])
        let energyPrice = section[energyPrice]
        let frameAncestors = section[frameAncestors] ?? []
        guard let listen, let allAgents, let sessionIdle, let sessionLimit, let history, let historyMemory,
            let historySize, let currency
        else { return nil }
        let login = username.flatMap { name in password.map { WebLogin(username: name, password: $0) } }
        return WebSettings(
            listen: listen,
            showsAllAgents: allAgents,
            token: token,
            login: login,
            tls: tls,
            socket: socket,
            trustedProxies: trustedProxies,
            proxyLogin: proxyLogin,
            sessionIdle: sessionIdle,
            sessionLimit: sessionLimit,
            history: history,
            historyMemory: historyMemory,
            historySize: historySize,
            energyPrice: energyPrice,
            currency: currency,
            frameAncestors: frameAncestors
        )
    }
}
