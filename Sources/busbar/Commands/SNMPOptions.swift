import ArgumentParser
import Discovery
import Foundation
import SNMPClient

/// What opens SNMP agents, on the command line. Secrets come from files or the environment, where `ps` shows none.
struct SNMPOptions: ParsableArguments {
    @Option(name: .customLong("version"), help: "The version of SNMP: 1, 2c or 3; by default 2c, then 1.")
    var snmpVersion: SNMPVersionArgument?

    @Option(help: "A community that is no secret, such as public: it shows in ps.")
    var community: String?

    @Option(help: "A file that holds the community, or the variable BUSBAR_COMMUNITY.")
    var communityFile: String?

    @Option(help: "The user's name of version 3.")
    var user: String?

    @Option(help: "How version 3 authenticates: MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512.")
    var auth: AuthenticationProtocol?

    @Option(help: "A file that holds its passphrase, or the variable BUSBAR_PASSPHRASE.")
    var passphraseFile: String?

    @Option(help: "How version 3 encrypts: DES, AES, AES-192 or AES-256.")
    var privacy: PrivacyProtocol?

    @Option(
        help: "A file that holds its passphrase, or the variable BUSBAR_PRIVACY_PASSPHRASE; else the same passphrase."
    )
    var privacyPassphraseFile: String?

    @Option(help: "The context of version 3.")
    var context = ""

    @Option(help: "The UDP port of SNMP.")
    var snmpPort: UInt16 = 161

    /// What was given, in the order to try; empty when nothing was.
    func given() throws -> [SNMPCredentials] {
        if let user {
            guard snmpVersion == nil || snmpVersion == .v3 else {
                throw ValidationError("--user belongs to --version 3")
            }
            return [.v3(try v3User(user))]
        }
        if snmpVersion == .v3 { throw ValidationError("--version 3 needs --user") }
        guard let community = try SecretArgument.read(communityFile, variable: "BUSBAR_COMMUNITY") ?? community else {
            return []
        }
        return versions(community: community)
    }

    /// Where the secrets come from.
    func places() -> SecretPlaces {
        var places = SecretPlaces()
        places.community =
            SecretArgument.place(communityFile, variable: "BUSBAR_COMMUNITY") ?? community.map { .open($0) }
        places.passphrase = SecretArgument.place(passphraseFile, variable: "BUSBAR_PASSPHRASE")
        places.privacyPassphrase = SecretArgument.place(privacyPassphraseFile, variable: "BUSBAR_PRIVACY_PASSPHRASE")
        return places
    }

    /// The community that devices are sold with, for reading.
    func defaults() -> [SNMPCredentials] {
        snmpVersion == .v3 ? [] : versions(community: "public")
    }

    private func versions(community: String) -> [SNMPCredentials] {
        let secret = SNMPSecret(community)
        return switch snmpVersion {
        case .v1: [.v1(community: secret)]
        case .v2c: [.v2c(community: secret)]
        case .v3: []
        case nil: [.v2c(community: secret), .v1(community: secret)]
        }
    }

    private func v3User(_ name: String) throws -> V3User {
        guard let auth else {
            if privacy != nil { throw ValidationError("--privacy needs --auth") }
            return V3User(name: name, contextName: context)
        }
        guard let passphrase = try SecretArgument.read(passphraseFile, variable: "BUSBAR_PASSPHRASE") else {
            throw ValidationError("--auth needs --passphrase-file or the variable BUSBAR_PASSPHRASE")
        }
        let other = try SecretArgument.read(privacyPassphraseFile, variable: "BUSBAR_PRIVACY_PASSPHRASE")
        return V3User(
            name: name,
            authentication: .init(auth, passphrase: SNMPSecret(passphrase)),
            privacy: privacy.map { .init($0, passphrase: SNMPSecret(other ?? passphrase)) },
            contextName: context
        )
    }
}
