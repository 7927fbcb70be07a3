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
    mutating func add(_ credentials: SNMPCredentials, _ places: SecretPlaces) {
        switch credentials {
        case .v1(let community, _), .v2c(let community, _):
            // What devices are sold with is no secret.
            let place = community == "public" ? .open(community.revealed) : places.community
            add("community", place, comment: "put the community for reading there")
            if let place = places.writeCommunity {
                add("write_community", place, comment: "put the community for writing there")
            } else {
                addRemark("write_community_file: \(secretFile("-write"))  # where writing has a community of its own")
            }
        case .v3(let user):
            add("user", Self.quoted(user.name))
            if !user.contextName.isEmpty { add("context", Self.quoted(user.contextName)) }
            if let authentication = user.authentication {
                let passphrase = Self.passphrase(places.passphrase, secretFile("-auth"))
                add("auth", "{ protocol: \(authentication.algorithm.configurationName), \(passphrase) }")
            }
            if let privacy = user.privacy {
                let passphrase = Self.passphrase(places.privacyPassphrase ?? places.passphrase, secretFile("-privacy"))
                add("privacy", "{ protocol: \(privacy.algorithm.configurationName), \(passphrase) }")
            }
        }
    }

    private static func passphrase(_ place: SecretPlaces.Place?, _ file: String) -> String {
        switch place {
        case .file(let path): "passphrase_file: \(quoted(path))"
        case .credential(let name): "passphrase_file: \(credential(name))"
        // In quotes: in a flow mapping the braces would end it.
        case .variable(let name): "passphrase: \"${\(name)}\""
        case .open(let text): "passphrase: \(quoted(text))"
        case nil: "passphrase_file: \(file)"
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
