/// The keys of `driver: energenie`.
enum EnerGenieKeys {
    static let transport = Key(
        "protocol",
        Form<EnerGenieSettings.Transport>.choice(),
        .value(.http),
        example: "tcp",
        "Its web interface (`http`) or the native protocol (`tcp`)."
    )
    static let password = SecretKey("password", .refused, "The device's password. From the factory it is mostly `1`.")
    static let pause = Key(
        "pause",
        Form<Duration>.duration(.zero...(.seconds(30))),
        .value(.zero),
        example: "2s",
        "The least time between two sessions, for firmware that does not stand more."
    )
    static let fallback = Key(
        "fallback",
        Form<Bool>.boolean,
        .value(false),
        example: "true",
        "Whether the other protocol is tried, on its usual port, when this one gets no answer."
    )
    static let http = Key(
        "http",
        Form<EnerGenieSettings.HTTPParsing>.choice(),
        .value(.lenient),
        example: "strict",
        "How the device's HTTP is read: `lenient` takes the odd line ends of some firmware and is the faster one, "
            + "`strict` is a general HTTP client."
    )

    /// The key of the native protocol is the password, filled up to this many bytes; the device cuts longer ones.
    static let longestTCPPassword = 8

    static let table = KeyTable(
        "driver: energenie",
        [NetworkKeys.host.entry, NetworkKeys.energeniePort.entry, transport.entry] + password.entries + [
            pause.entry, fallback.entry, http.entry,
        ]
    )

    static func read(_ section: Section) -> EnerGenieSettings? {
        let transport = section[transport]
        let password = section.secret(password)
        let pause = section[pause]
        let fallback = section[fallback]
        let http = section[http]
        if transport == .tcp, fallback == false, section.has(Self.http.name) {
            section.report(Self.http.name, "with protocol: tcp and no fallback no HTTP is spoken; leave it out")
        }
        if transport == .tcp || fallback == true, let password, password.reveal().utf8.count > longestTCPPassword {
            let key = section.has(Self.password.fileName) ? Self.password.fileName : Self.password.name
            section.report(key, "the native protocol (tcp) knows passwords of at most \(longestTCPPassword) bytes")
        }
        guard let transport, let password, let pause, let fallback, let http else { return nil }
        return EnerGenieSettings(
            transport: transport,
            password: password,
            pause: pause,
            fallsBack: fallback,
            httpParsing: http
        )
    }
}
