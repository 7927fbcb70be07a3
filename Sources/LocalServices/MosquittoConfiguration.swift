import Glibc

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

extension MosquittoConfiguration {
    /// The configuration file for these ports, with all other files in one directory.
    func text(port: Int, tlsPort: Int?, directory: TemporaryDirectory) -> String {
        var lines = [
            "log_dest stderr",
            "log_type error", "log_type warning", "log_type notice", "log_type information",
            "set_tcp_nodelay \(setsNoDelay)",
            "allow_anonymous \(users.isEmpty)",
            "persistence \(isPersistent)",
        ]
        // As root mosquitto would become another user, who cannot read our files, and the kernel would forget to kill
        // it when we die.
        if geteuid() == 0 { lines.append("user root") }
        if isPersistent {
            // Written after every change and not every half hour, so that a killed broker remembers too.
            lines += [
                "persistence_location \(directory.path)/", "autosave_on_changes true", "autosave_interval 1",
            ]
        }
        if !users.isEmpty { lines.append("password_file \(directory.path(of: "passwords"))") }
        if accessControl != nil { lines.append("acl_file \(directory.path(of: "acl"))") }
        if let maximumInflight { lines.append("max_inflight_messages \(maximumInflight)") }
        if let maximumQueued { lines.append("max_queued_messages \(maximumQueued)") }
        lines += additionalLines
        lines.append("listener \(port) 127.0.0.1")
        if let tls, let tlsPort {
            lines += [
                "listener \(tlsPort) 127.0.0.1",
                "certfile \(tls.certificateFile)",
                "keyfile \(tls.keyFile)",
                "require_certificate \(tls.requiresClientCertificate)",
            ]
            if let authority = tls.authorityFile { lines.append("cafile \(authority)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
