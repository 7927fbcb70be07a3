import LocalServices
import SNMPClient
import Testing

/// One version 3 user, as snmpd and as this module are told of it.
struct UserCase: Sendable, CustomTestStringConvertible {
    let authentication: AuthenticationProtocol?
    let privacy: PrivacyProtocol?

    static let authenticationPassphrase = "authenticate me"
    static let privacyPassphrase = "hide me well"

    /// Every security level with every protocol.
    static let all: [UserCase] =
        [UserCase(authentication: nil, privacy: nil)]
        + AuthenticationProtocol.allCases.flatMap { authentication in
            [UserCase(authentication: authentication, privacy: nil)]
                + PrivacyProtocol.allCases.map { UserCase(authentication: authentication, privacy: $0) }
        }

    var name: String { "u-\(authentication?.rawValue ?? "none")-\(privacy?.rawValue ?? "none")" }

    var testDescription: String { name }

    var onTheDevice: SNMPUser {
        SNMPUser(
            name: name,
            authentication: authentication.flatMap { SNMPUser.Authentication(rawValue: $0.rawValue) },
            authenticationPassphrase: Self.authenticationPassphrase,
            privacy: privacy.flatMap { SNMPUser.Privacy(rawValue: $0.rawValue) },
            privacyPassphrase: Self.privacyPassphrase
        )
    }

    /// The credentials, with other passphrases or another name if wanted.
    func credentials(
        name: String? = nil,
        authenticationPassphrase: SNMPSecret = SNMPSecret(authenticationPassphrase),
        privacyPassphrase: SNMPSecret = SNMPSecret(privacyPassphrase)
    ) -> SNMPCredentials {
        guard let authentication else { return .v3(V3User(name: name ?? self.name)) }
        return .v3(
            V3User(
                name: name ?? self.name,
                authentication: .init(authentication, passphrase: authenticationPassphrase),
                privacy: privacy.map { .init($0, passphrase: privacyPassphrase) }
            )
        )
    }
}
