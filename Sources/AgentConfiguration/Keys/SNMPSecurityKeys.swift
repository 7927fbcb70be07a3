/// `auth` and `privacy` of a PDU that speaks SNMPv3.
enum SNMPSecurityKeys {
    /// RFC 3414 section 11.2 asks for passphrases of at least eight characters, and net-snmp refuses shorter ones.
    private static let shortestPassphrase = 8

    static let authProtocol = Key(
        "protocol",
        Form<SNMPAuthentication.Algorithm>.choice(synonyms: ["SHA-1": .sha1]),
        .required,
        example: "SHA-256",
        "The hash. `SHA-1` means `SHA`."
    )
    static let privacyProtocol = Key(
        "protocol",
        Form<SNMPPrivacy.Algorithm>.choice(synonyms: ["AES-128": .aes128]),
        .required,
        example: "AES",
        "The cipher. `AES-128` means `AES`."
    )
    static let passphrase = SecretKey(
        "passphrase",
        .refused,
        minimumLength: shortestPassphrase,
        "The passphrase, 8 characters or more."
    )

    static let authTable = KeyTable("pdus[].auth", [authProtocol.entry] + passphrase.entries)
    static let privacyTable = KeyTable("pdus[].privacy", [privacyProtocol.entry] + passphrase.entries)

    static func readAuthentication(_ section: Section) -> SNMPAuthentication? {
        let algorithm = section[authProtocol]
        let passphrase = section.secret(passphrase)
        guard let algorithm, let passphrase else { return nil }
        return SNMPAuthentication(algorithm: algorithm, passphrase: passphrase)
    }

    static func readPrivacy(_ section: Section) -> SNMPPrivacy? {
        let algorithm = section[privacyProtocol]
        let passphrase = section.secret(passphrase)
        guard let algorithm, let passphrase else { return nil }
        return SNMPPrivacy(algorithm: algorithm, passphrase: passphrase)
    }
}
