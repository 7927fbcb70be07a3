/// A user of SNMP version 3's user-based security (RFC 3414).
public struct V3User: Sendable, Hashable {
    /// The name, 1 to 32 bytes.
    public let name: String
    /// How messages are authenticated; nil for not at all.
    public let authentication: Authentication?
    /// How messages are encrypted; nil for not at all. There is none without authentication.
    public let privacy: Privacy?
    /// The context to ask in; nearly every device has only the default one, which has no name. At most 32 bytes.
    public let contextName: String

    /// A user without authentication.
    public init(name: String, contextName: String = "") {
        self.name = name
        authentication = nil
        privacy = nil
        self.contextName = contextName
    }

    /// A user with authentication and, when given, privacy.
    public init(name: String, authentication: Authentication, privacy: Privacy? = nil, contextName: String = "") {
        self.name = name
        self.authentication = authentication
        self.privacy = privacy
        self.contextName = contextName
    }

    /// An authentication protocol with its passphrase.
    public struct Authentication: Sendable, Hashable {
        /// The protocol.
        public let algorithm: AuthenticationProtocol
        /// The passphrase, at least 8 bytes (RFC 3414, section 11.2).
        public let passphrase: SNMPSecret

        /// A protocol with its passphrase.
        public init(_ algorithm: AuthenticationProtocol, passphrase: SNMPSecret) {
            self.algorithm = algorithm
            self.passphrase = passphrase
        }
    }

    /// A privacy protocol with its passphrase.
    public struct Privacy: Sendable, Hashable {
        /// The protocol.
        public let algorithm: PrivacyProtocol
        /// The passphrase, at least 8 bytes (RFC 3414, section 11.2).
        public let passphrase: SNMPSecret

        /// A protocol with its passphrase.
        public init(_ algorithm: PrivacyProtocol, passphrase: SNMPSecret) {
            self.algorithm = algorithm
            self.passphrase = passphrase
        }
    }
}
