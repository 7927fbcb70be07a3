import Agent
import AgentConfiguration
import AgentWeb
import Credentials

extension WebCredentials {
    /// What clients of the page have to show, as the configuration says.
    init(_ settings: WebSettings) {
        self.init(
            token: settings.token?.reveal(),
            login: settings.login.map { ($0.username, $0.password.reveal()) }
        )
    }
}

extension Scope {
    /// A scope as the configuration writes it, which has looked at each piece.
    init(_ parts: [String]) { self.init(parts.compactMap(Part.init)) }
}

extension Rights {
    /// What a user may do, as the configuration says.
    init(_ settings: UserSettings) {
        self.init(settings.role, settings.scope, mayForce: settings.mayForce)
    }

    fileprivate init(_ role: UserSettings.Role, _ scope: [String], mayForce: Bool) {
        // Both have the same words; what is not known may do the least.
        self.init(role: UserRole(rawValue: role.rawValue) ?? .metrics, scope: Scope(scope), mayForce: mayForce)
    }
}

extension WebUser {
    /// A user of the configuration.
    init(_ name: String, _ settings: UserSettings) {
        self.init(
            name: name,
            rights: Rights(settings),
            password: settings.passwordHash,
            tokens: settings.tokenHashes
        )
    }
}

extension ProxyLogin {
    /// The login that the configuration says.
    init(_ settings: ProxyLoginSettings) {
        self.init(
            header: settings.header,
            others: settings.defaultRole.map { Rights($0, settings.defaultScope, mayForce: false) }
        )
    }
}

extension WebCertificate {
    /// The certificate that the configuration names.
    init(_ settings: TLSIdentity) {
        self.init(
            certificateFile: settings.certificateFile,
            keyFile: settings.keyFile,
            keyPassword: settings.keyPassword?.reveal(),
            clientCAFile: settings.clientCAFile
        )
    }
}

extension ClientNetwork {
    /// Addresses that the configuration allows.
    init(_ range: AddressRange) { self.init(bytes: range.bytes, prefix: range.prefix) }
}
