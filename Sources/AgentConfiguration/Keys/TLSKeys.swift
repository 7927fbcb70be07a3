/// `mqtt.tls`.
enum TLSKeys {
    static let caFile = Key(
        "ca_file",
        Form<String>.file,
        .optional("the system's authorities"),
        example: "ca.pem",
        "The authorities that the broker's certificate may come from, PEM."
    )
    static let serverName = Key(
        "server_name",
        Form<String>.host,
        .optional("the broker's host"),
        example: "broker.example.org",
        "The name that the broker's certificate must hold, where it is not the host in `broker`."
    )

    static let table = KeyTable(
        "mqtt.tls",
        [caFile.entry] + TLSIdentityKeys.optionalEntries + [serverName.entry],
        refusals: [
            "insecure": refusal,
            "verify": refusal,
        ]
    )

    private static let refusal =
        "there is no way to turn the check of certificates off; give the broker's authority as ca_file, and server_name "
        + "where the name differs"

    static func read(_ section: Section) -> TLSSettings? {
        let caFile = section[caFile]
        let serverName = section[serverName]
        let identity = TLSIdentityKeys.readOptional(section)
        return TLSSettings(caFile: caFile, identity: identity, serverName: serverName)
    }
}
