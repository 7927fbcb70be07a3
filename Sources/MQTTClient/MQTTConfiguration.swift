/// Everything a client must know before it starts.
public struct MQTTConfiguration: Sendable {
    /// The brokers, tried in turn; at least one.
    public var brokers: [BrokerAddress]
    /// Who we are to the broker; unique among its clients, 1 to 65,535 bytes. Two clients with the same id push each
    /// other out for ever.
    public var clientID: String
    /// The user the broker knows us as.
    public var username: String?
    /// The user's password.
    public var password: MQTTPassword?
    /// Whom to trust and our own certificate, for `mqtts://`.
    public var tls: TLSSettings?
    /// The version of the protocol.
    public var protocolChoice: ProtocolChoice = .auto
    /// How long a connection may be silent, 5 s to 65,535 s, whole seconds. A dead one is noticed within twice that.
    public var keepAlive: Duration = .seconds(10)
    /// How long it may take until a broker has let us in, at least 100 ms.
    public var connectTimeout: Duration = .seconds(10)
    /// What the broker keeps while we are away.
    public var session: SessionMode = .clean
    /// What to receive, from the first connection on.
    public var subscriptions: [Subscription] = []
    /// What is said when we are gone. On its topic only that is published before the broker has granted the subscriptions
    /// of a connection: what was queued there, or sent and not acknowledged on an earlier one, is dropped.
    public var lastWill: LastWill?
    /// How many messages may be under way unacknowledged, 1 to 65,535. The broker may allow fewer.
    public var maximumInflight = 64
    /// On how many topics a retained message may wait to be sent; one more is refused.
    public var maximumRetainedTopics = 200_000
    /// How many messages that are not retained may wait to be sent; then the oldest is dropped.
    public var maximumWaitingMessages = 10_000
    /// How many events may wait for the consumer before reading from the broker is suspended.
    public var maximumOutstandingEvents = 1_000
    /// The longest payload that is delivered, in bytes; of a longer one only the size is.
    public var maximumPayload = 16_384
    /// The same for topics that begin with a text, where it is to be more.
    public var maximumPayloads: [String: Int] = [:]
    /// The longest packet that the broker may send at all, in bytes; it drops what is longer without telling anybody.
    /// MQTT 5 only.
    public var maximumPacketSize: UInt32 = 4_194_304
    /// How long stopping may wait for acknowledgements.
    public var stopTimeout: Duration = .seconds(5)

    /// A configuration with the defaults described at each property.
    public init(brokers: [BrokerAddress], clientID: String) {
        self.brokers = brokers
        self.clientID = clientID
    }

    func validate() throws(MQTTError) {
        guard !brokers.isEmpty else { throw Self.error("no broker is given") }
        guard !clientID.isEmpty, Topic.isValidText(clientID) else {
            throw Self.error("the client id must have 1 to 65535 bytes and no NUL")
        }
        if password != nil && username == nil { throw Self.error("a password is given, but no user") }
        guard [username, password?.text].compactMap(\.self).allSatisfy(Topic.isValidText) else {
            throw Self.error("the user or the password is too long or holds a NUL")
        }
        guard keepAlive >= .seconds(5), keepAlive <= .seconds(65_535) else {
            throw Self.error("the keepalive must be between 5 s and 65535 s")
        }
        guard connectTimeout >= .milliseconds(100) else {
            throw Self.error("the connect timeout must be 100 ms or more")
        }
        guard (1...65_535).contains(maximumInflight) else {
            throw Self.error("the number of messages under way must be between 1 and 65535")
        }
        let limits = [maximumRetainedTopics, maximumWaitingMessages, maximumOutstandingEvents]
        guard limits.allSatisfy({ $0 > 0 }), maximumPayload >= 0, maximumPacketSize >= 1_024 else {
            throw Self.error("every limit must be at least 1, the packet size at least 1024")
        }
        try validateTLS()
        for subscription in subscriptions { try subscription.validate() }
        try lastWill?.message.validate()
        guard (lastWill?.payload.count ?? 0) <= 65_535 else { throw Self.error("the last will is over 65535 bytes") }
    }

    private func validateTLS() throws(MQTTError) {
        guard let tls else { return }
        if let plain = brokers.first(where: { !$0.usesTLS }) {
            throw Self.error("TLS is set up, but \(plain) is not encrypted: write mqtts://")
        }
        if (tls.certificateFile == nil) != (tls.keyFile == nil) {
            throw Self.error("a client certificate needs both its certificate file and its key file")
        }
        let files = [tls.caFile, tls.certificateFile, tls.keyFile].compactMap(\.self)
        guard files.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) }) else {
            throw Self.error("the name of a TLS file is empty or holds a NUL")
        }
    }

    private static func error(_ problem: String) -> MQTTError { MQTTError(.invalidConfiguration, "MQTT: \(problem)") }
}

/// What the broker keeps of this client while it is away.
public enum SessionMode: Sendable, Hashable {
    /// Nothing: each connection starts anew, and what was published meanwhile never arrives late.
    case clean
    /// Subscriptions and messages of QoS 1, for so long after the connection was lost (whole seconds; MQTT 3.1.1 knows
    /// no limit, there the broker's own applies). Commands may then arrive late.
    case persistent(expiry: Duration)
}

/// A password that does not show itself in logs, errors or dumps.
public struct MQTTPassword: Sendable, Hashable {
    let text: String

    /// A password.
    public init(_ text: String) { self.text = text }
}

extension MQTTPassword: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same for all passwords.
    public var description: String { "<password>" }
    /// The same for all passwords.
    public var debugDescription: String { description }
    /// Empty.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Which version of the protocol to speak. The raw values are the words of the configuration file.
public enum ProtocolChoice: String, Sendable, Hashable, CaseIterable {
    /// MQTT 5, and 3.1.1 with a broker that refuses 5.
    case auto
    /// MQTT 5 only.
    case v5 = "5"
    /// MQTT 3.1.1 only. A publish that the broker's access control refuses looks like a success then.
    case v311 = "3.1.1"
}

/// The version of the protocol that a connection speaks.
public enum ProtocolVersion: String, Sendable, Hashable, CaseIterable {
    /// MQTT 5.
    case v5 = "5"
    /// MQTT 3.1.1.
    case v311 = "3.1.1"
}

/// Whom to trust and who we are, for brokers of the form `mqtts://`. TLS 1.2 is the least that is accepted.
public struct TLSSettings: Sendable, Hashable {
    /// The authority that must have signed the broker's certificate, PEM; the system's authorities when not given.
    public var caFile: String?
    /// Our certificate chain, PEM; needs `keyFile`.
    public var certificateFile: String?
    /// The key of our certificate, PEM, without a passphrase.
    public var keyFile: String?

    /// Settings; by default the system's authorities and no certificate of our own.
    public init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

/// What is said when this client is gone: by the broker when the connection is lost, by the client itself as its last
/// message when it is stopped.
public struct LastWill: Sendable, Hashable {
    /// Where it goes.
    public var topic: String
    /// What it says.
    public var payload: [UInt8]
    /// How sure it arrives.
    public var qos: QoS
    /// Whether the broker keeps it.
    public var isRetained: Bool
    /// How long the broker waits for a reconnection before it speaks, in whole seconds. MQTT 5 only, and only with a
    /// session that lasts as long.
    public var delay: Duration

    /// A will; retained by default, as availability is.
    public init(
        topic: String,
        payload: [UInt8],
        qos: QoS = .atLeastOnce,
        isRetained: Bool = true,
        delay: Duration = .zero
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.delay = delay
    }

    /// The same, as a message that the client sends itself.
    var message: OutgoingMessage {
        OutgoingMessage(topic: topic, payload: payload, qos: qos, isRetained: isRetained)
    }
}
