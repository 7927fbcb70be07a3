/// What to receive.
public struct Subscription: Sendable, Hashable {
    /// The topic filter; `+` stands for one level, `#` for the rest.
    public var filter: String
    /// The highest QoS to deliver with.
    public var qos: QoS
    /// Whether messages that the broker has retained are delivered; they carry `IncomingMessage.isRetained`.
    public var retainHandling: RetainHandling
    /// Whether `isRetained` says what the publisher asked for rather than that the message is old. MQTT 5 only.
    public var retainAsPublished: Bool
    /// Whether what this client publishes itself is kept back. MQTT 5 only; mosquitto 2.0.11 heeds a change of it only
    /// in a new session.
    public var noLocal: Bool
    /// Whether the client is of use only with it. One that is not required is asked for again when the broker refuses
    /// it, as the others are, but nobody waits for it.
    public var isRequired: Bool

    /// A subscription.
    public init(
        _ filter: String,
        qos: QoS = .atLeastOnce,
        retainHandling: RetainHandling = .send,
        retainAsPublished: Bool = false,
        noLocal: Bool = false,
        isRequired: Bool = true
    ) {
        self.filter = filter
        self.qos = qos
        self.retainHandling = retainHandling
        self.retainAsPublished = retainAsPublished
        self.noLocal = noLocal
        self.isRequired = isRequired
    }

    func validate() throws(MQTTError) {
        guard Topic.isValidFilter(filter) else {
            throw MQTTError(
                .invalidConfiguration,
                "cannot subscribe to '\(Topic.shown(filter))': + and # stand for whole levels, # only for the last"
            )
        }
    }
}

/// Whether a subscription delivers the retained messages that the broker already has. MQTT 3.1.1 always sends them.
public enum RetainHandling: UInt8, Sendable, Hashable, CaseIterable {
    /// At each subscription, so also after each reconnection.
    case send = 0
    /// Only when the session did not have the subscription before.
    case sendIfNew = 1
    /// Never.
    case never = 2
}
