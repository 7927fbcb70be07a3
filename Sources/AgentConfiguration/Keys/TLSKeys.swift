/// `mqtt.tls`.
enum TLSKeys {
    static let caFile = Key(
        "ca_file",
        Form<String>.file,
        .optional("the system's authorities"),
        example: "ca.pem",
        "The authorities that the broker's certificate may come from, PEM."
    )
    static let table = KeyTable(
        "mqtt.tls",
        [caFile.entry] + TLSIdentityKeys.optionalEntries,
        refusals: [
            "insecure": refusal,
            "verify": refusal,
            "key_password":
                "the client for MQTT reads keys without a password only; decrypt key_file and protect it by its mode",
        ]
    )

    private static let refusal =
        "there is no way to turn the check of certificates off; give the broker's authority as ca_file, and in "
        + "broker the host that its certificate names"

    static func read(_ section: Section) -> TLSSettings? {
        let caFile = section[caFile]
        let identity = TLSIdentityKeys.readOptional(section)
        return TLSSettings(caFile: caFile, identity: identity)
    }
}
