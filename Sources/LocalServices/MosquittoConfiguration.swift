/// How a mosquitto is to be set up. The default is open to everybody on a free port of 127.0.0.1 and keeps nothing.
public struct MosquittoConfiguration: Sendable {
    /// A second listener that speaks TLS.
    public struct TLS: Sendable {
        /// Its port; a free one when not given.
        public var port: Int?
        /// The broker's certificate chain, PEM.
        public var certificateFile: String
        /// The broker's key, PEM.
        public var keyFile: String
        /// The authority that clients' certificates are checked with, PEM.
        public var authorityFile: String?
        /// Whether a client must show a certificate of that authority.
        public var requiresClientCertificate: Bool

        /// A TLS listener with the broker's certificate and key.
        public init(
            port: Int? = nil,
            certificateFile: String,
            keyFile: String,
            authorityFile: String? = nil,
            requiresClientCertificate: Bool = false
        ) {
            self.port = port
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.authorityFile = authorityFile
            self.requiresClientCertificate = requiresClientCertificate
        }
    }

    /// The port; a free one when not given.
    public var port: Int?
    /// A second listener with TLS.
    public var tls: TLS?
    /// Users and their passwords; with any, nobody gets in without.
    public var users: [String: String]
    /// The text of an access control list, in mosquitto's `acl_file` form.
    public var accessControl: String?
    /// Whether retained messages and sessions survive a restart (also by `kill`, as far as mosquitto has written them).
    public var isPersistent: Bool
    /// Whether small packets leave at once. Mosquitto's own default is no, which makes a QoS 1 exchange wait for the
    /// peer's delayed acknowledgement, about 40 ms.
    public var setsNoDelay: Bool
    /// How many messages of QoS 1 and 2 may be under way to one client; mosquitto's default is 20.
    public var maximumInflight: Int?
    /// How many more may wait for it; mosquitto's default is 1000.
    public var maximumQueued: Int?
    /// Further lines of configuration, as they are.
    public var additionalLines: [String]

    /// A configuration; everything that is not given has the default described at its property.
    public init(
        port: Int? = nil,
        tls: TLS? = nil,
        users: [String: String] = [:],
        accessControl: String? = nil,
        isPersistent: Bool = false,
        setsNoDelay: Bool = true,
        maximumInflight: Int? = nil,
        maximumQueued: Int? = nil,
        additionalLines: [String] = []
    ) {
        self.port = port
        self.tls = tls
        self.users = users
        self.accessControl = accessControl
        self.isPersistent = isPersistent
        self.setsNoDelay = setsNoDelay
        self.maximumInflight = maximumInflight
        self.maximumQueued = maximumQueued
        self.additionalLines = additionalLines
    }
}
