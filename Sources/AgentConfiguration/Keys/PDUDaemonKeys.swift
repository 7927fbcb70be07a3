/// `pdudaemon`.
enum PDUDaemonKeys {
    static let listen = Key(
        "listen",
        Form<ListenAddress>.listen,
        .value(ListenAddress(host: "127.0.0.1", port: 16421)),
        example: "127.0.0.1:16421",
        "Where clients made for pdudaemon are served over HTTP. That protocol knows no credentials: who reaches the "
            + "address can switch."
    )

    static let allow = Key(
        "allow",
        Form<[AddressRange]>.list(.addressRange),
        .optional("this host"),
        example: "[192.0.2.0/24]",
        "From which addresses clients may come, besides this host's own. Required when `listen` can be reached from others."
    )

    static let scope = Key(
        "scope",
        Form<[String]>.oneOrMore(.scope),
        .optional("everything"),
        example: "[\"rack1/*\", bench/3]",
        "What clients may switch, as `users.<name>.scope`."
    )

    static let table = KeyTable("pdudaemon", [listen.entry, allow.entry, scope.entry])

    static func read(_ section: Section) -> PDUDaemonSettings? {
        let listen = section[listen]
        let allow = section[allow]
        if let listen, !listen.isLoopback, !section.has(Self.allow.name) {
            section.report(
                Self.listen.name,
                "\(listen) can be reached from other hosts and this protocol knows no credentials, so allow is required: the "
                    + "addresses that may switch, as allow: [192.0.2.0/24]"
            )
        }
        let scope = section[scope]
        guard let listen else { return nil }
        return PDUDaemonSettings(listen: listen, allow: allow ?? [], scope: scope ?? ["*"])
    }
}
