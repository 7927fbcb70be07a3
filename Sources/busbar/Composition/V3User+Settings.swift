import AgentConfiguration
import SNMPClient

extension V3User {
    init(_ user: SNMPUser) {
        let context = user.context ?? ""
        switch user.security {
        case .none: self.init(name: user.name, contextName: context)
        case .authentication(let authentication):
            self.init(name: user.name, authentication: .init(authentication), contextName: context)
        case .authenticationAndPrivacy(let authentication, let privacy):
            self.init(
                name: user.name,
                authentication: .init(authentication),
                privacy: .init(privacy),
                contextName: context
            )
        }
    }
}

extension V3User.Authentication {
    fileprivate init(_ settings: SNMPAuthentication) {
        let algorithm: AuthenticationProtocol =
            switch settings.algorithm {
            case .md5: .md5
            case .sha1: .sha
            case .sha224: .sha224
            case .sha256: .sha256
            case .sha384: .sha384
            case .sha512: .sha512
            }
        self.init(algorithm, passphrase: SNMPSecret(settings.passphrase.reveal()))
    }
}

extension V3User.Privacy {
    fileprivate init(_ settings: SNMPPrivacy) {
        let algorithm: PrivacyProtocol =
            switch settings.algorithm {
            case .des: .des
            case .aes128: .aes128
            case .aes192: .aes192
            case .aes256: .aes256
            }
        self.init(algorithm, passphrase: SNMPSecret(settings.passphrase.reveal()))
    }
}
