internal import SNMPClient

extension SNMPCredentials {
    /// The version as the configuration names it.
    var versionName: String {
        switch self {
        case .v1: "1"
        case .v2c: "2c"
        case .v3: "3"
        }
    }
}

extension ConfigurationEntry {
    /// Adds the keys for credentials: files to put secrets into, never the secrets.
    mutating func add(_ credentials: SNMPCredentials) {
        switch credentials {
        case .v1, .v2c:
            add("community_file", secretFile(), comment: "put the community for reading there")
            add("write_community_file", secretFile("-write"), comment: "and the one for writing, or leave this out")
        case .v3(let user):
            add("user", Self.quoted(user.name))
            if !user.contextName.isEmpty { add("context", Self.quoted(user.contextName)) }
            if let authentication = user.authentication {
                let file = secretFile("-auth")
                add("auth", "{ protocol: \(authentication.algorithm.configurationName), passphrase_file: \(file) }")
            }
            if let privacy = user.privacy {
                let file = secretFile("-privacy")
                add("privacy", "{ protocol: \(privacy.algorithm.configurationName), passphrase_file: \(file) }")
            }
        }
    }
}

extension AuthenticationProtocol {
    /// The word of the configuration.
    fileprivate var configurationName: String {
        switch self {
        case .md5: "MD5"
        case .sha: "SHA"
        case .sha224: "SHA-224"
        case .sha256: "SHA-256"
        case .sha384: "SHA-384"
        case .sha512: "SHA-512"
        }
    }
}

extension PrivacyProtocol {
    /// The word of the configuration.
    fileprivate var configurationName: String {
        switch self {
        case .des: "DES"
        case .aes128: "AES"
        case .aes192: "AES-192"
        case .aes256: "AES-256"
        }
    }
}
