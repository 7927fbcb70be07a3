/// The keys of `driver: snmp` for the version and its credentials.
enum SNMPAccessKeys {
    /// The words of `version`.
    enum Version: String, Sendable, CaseIterable {
        case v1 = "1"
        case v2c = "2c"
        case v3 = "3"
    }

    static let version = Key(
        "version",
        Form<Version>.choice(),
        .required,
        example: "2c",
        "The version of SNMP."
    )
    static let community = SecretKey(
        "community",
        .described("required with version 1 and 2c, here or as `community_file`"),
        "The community of versions 1 and 2c, for reading, and for writing where that has none of its own."
    )
    static let writeCommunity = SecretKey(
        "write_community",
        .described("`community`"),
        "The community for writing, with versions 1 and 2c."
    )
    static let user = Key(
        "user",
        Form<String>.text(limit: 32),
        .optional("required with version 3"),
        example: "labuser",
        "The user's name of version 3."
    )
    static let context = Key(
        "context",
        Form<String>.text(limit: 255),
        .optional("the default context"),
        example: "pdu1",
        "The context's name of version 3."
    )
    static let auth = Key(
        "auth",
        Form<SNMPAuthentication>.section(SNMPSecurityKeys.authTable, read: SNMPSecurityKeys.readAuthentication),
        .optional("messages are not authenticated"),
        example: "{ protocol: SHA, passphrase_file: /etc/busbar/rack2-auth }",
        "How messages of version 3 are authenticated."
    )
    static let privacy = Key(
        "privacy",
        Form<SNMPPrivacy>.section(SNMPSecurityKeys.privacyTable, read: SNMPSecurityKeys.readPrivacy),
        .optional("messages are not encrypted"),
        example: "{ protocol: AES, passphrase_file: /etc/busbar/rack2-priv }",
        "How messages of version 3 are encrypted. It needs `auth`."
    )

    static let entries =
        [version.entry] + community.entries + writeCommunity.entries
        + [user.entry, context.entry, auth.entry, privacy.entry]

    static func read(_ section: Section) -> SNMPAccess? {
        let version = section[version]
        let community = section.secret(community)
        let writeCommunity = section.secret(writeCommunity)
        let user = section[user]
        let context = section[context]
        let auth = section[auth]
        let privacy = section[privacy]
        switch version {
        case nil: return nil
        case .v1, .v2c:
            for name in [Self.user.name, Self.context.name, Self.auth.name, Self.privacy.name] where section.has(name) {
                section.report(name, "only version 3 has this; leave it out or write version: 3")
            }
            if !section.has(Self.community) {
                section.report(Self.community.name, "versions 1 and 2c require community or community_file")
            }
            guard let community else { return nil }
            return .community(
                version: version == .v1 ? .v1 : .v2c,
                read: community,
                write: writeCommunity ?? community
            )
        case .v3:
            for secret in [Self.community, Self.writeCommunity] {
                for name in [secret.name, secret.fileName] where section.has(name) {
                    section.report(name, "version 3 has users and no communities; leave it out or write version: 2c")
                }
            }
            if !section.has(Self.user.name) { section.report(Self.user.name, "version 3 requires a user's name") }
            if section.has(Self.privacy.name), !section.has(Self.auth.name) {
                section.report(Self.privacy.name, "there is no privacy without auth; give auth too")
            }
            guard let user else { return nil }
            return .user(SNMPUser(name: user, context: context, security: security(auth, privacy)))
        }
    }

    private static func security(_ auth: SNMPAuthentication?, _ privacy: SNMPPrivacy?) -> SNMPSecurity {
        switch (auth, privacy) {
        case (let auth?, let privacy?): .authenticationAndPrivacy(auth, privacy)
        case (let auth?, nil): .authentication(auth)
        case (nil, _): .none
        }
    }
}
