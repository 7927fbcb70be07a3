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

    static let table = KeyTable("pdudaemon", [listen.entry])

    static func read(_ section: Section) -> PDUDaemonSettings? {
        guard let listen = section[listen] else { return nil }
        if !listen.isLoopback {
            section.report(
                Self.listen.name,
                "everybody who reaches \(listen) can switch outlets, as this protocol knows no credentials",
                severity: .warning
            )
        }
        return PDUDaemonSettings(listen: listen)
    }
}
