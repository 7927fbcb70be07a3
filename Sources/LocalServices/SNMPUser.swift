/// A user of SNMP version 3, as snmpd and the net-snmp command line tools are told of it.
public struct SNMPUser: Sendable, Hashable {
    /// How messages are authenticated; the raw value is net-snmp's word.
    public enum Authentication: String, Sendable, Hashable, CaseIterable {
        /// HMAC-MD5-96.
        case md5 = "MD5"
        /// HMAC-SHA-96.
        case sha = "SHA"
        /// HMAC-SHA-224 of RFC 7860.
        case sha224 = "SHA-224"
        /// HMAC-SHA-256 of RFC 7860.
        case sha256 = "SHA-256"
        /// HMAC-SHA-384 of RFC 7860.
        case sha384 = "SHA-384"
        /// HMAC-SHA-512 of RFC 7860.
        case sha512 = "SHA-512"
    }

    /// How messages are encrypted; the raw value is net-snmp's word.
    public enum Privacy: String, Sendable, Hashable, CaseIterable {
        /// CBC-DES.
        case des = "DES"
        /// AES-128.
        case aes = "AES"
        /// AES-192 with the Blumenthal key extension.
        case aes192 = "AES-192"
        /// AES-256 with the Blumenthal key extension.
        case aes256 = "AES-256"
    }

    /// The user's name.
    public var name: String
    /// Authentication; without it the user gets in by name.
    public var authentication: Authentication?
    /// At least 8 characters.
    public var authenticationPassphrase: String
    /// Encryption; needs authentication.
    public var privacy: Privacy?
    /// At least 8 characters.
    public var privacyPassphrase: String
    /// Whether the user may write.
    public var mayWrite: Bool

    /// A user; by default without authentication and encryption, who may read and write.
    public init(
        name: String,
        authentication: Authentication? = nil,
        authenticationPassphrase: String = "",
        privacy: Privacy? = nil,
        privacyPassphrase: String = "",
        mayWrite: Bool = true
    ) {
        self.name = name
        self.authentication = authentication
        self.authenticationPassphrase = authenticationPassphrase
        self.privacy = privacy
        self.privacyPassphrase = privacyPassphrase
        self.mayWrite = mayWrite
    }

    /// net-snmp's word for the security level: `noAuthNoPriv`, `authNoPriv` or `authPriv`.
    public var level: String {
        switch (authentication, privacy) {
        case (nil, _): "noAuthNoPriv"
        case (_, nil): "authNoPriv"
        default: "authPriv"
        }
    }

    /// The options with which the net-snmp command line tools speak as this user.
    public var toolArguments: [String] {
        var arguments = ["-v3", "-u", name, "-l", level]
        if let authentication {
            arguments += ["-a", authentication.rawValue, "-A", authenticationPassphrase]
            if let privacy { arguments += ["-x", privacy.rawValue, "-X", privacyPassphrase] }
        }
        return arguments
    }

    var creation: String {
        var line = "createUser \(name)"
        if let authentication {
            line += " \(authentication.rawValue) \"\(authenticationPassphrase)\""
            if let privacy { line += " \(privacy.rawValue) \"\(privacyPassphrase)\"" }
        }
        return line
    }

    var access: String {
        let level =
            switch self.level {
            case "noAuthNoPriv": "noauth"
            case "authNoPriv": "auth"
            default: "priv"
            }
        return "\(mayWrite ? "rwuser" : "rouser") \(name) \(level)"
    }
}
