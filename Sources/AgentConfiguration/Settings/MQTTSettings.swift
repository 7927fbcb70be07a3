/// The brokers and how to speak to them.
public struct MQTTSettings: Sendable, Equatable {
    /// Which version of the protocol is spoken.
    public enum ProtocolVersion: String, Sendable, Hashable, CaseIterable {
        /// 5, and 3.1.1 where the broker does not know 5.
        case automatic = "auto"
        /// 5 only.
        case v5 = "5"
        /// 3.1.1 only.
        case v311 = "3.1.1"
    }

    /// Whether the broker keeps the session while the agent is away.
    public enum Session: Sendable, Equatable {
        /// Every connection starts anew.
        case clean
        /// The broker keeps the session for so long.
        case persistent(expiry: Duration)
    }

    /// `mqtt.broker`: tried in turn; at least one, and either all of them use TLS or none.
    public var brokers: [BrokerAddress]
    /// `mqtt.client_id`.
    public var clientID: String
    /// `mqtt.username`.
    public var username: String?
    /// `mqtt.password`; only with a user name.
    public var password: Secret?
    /// `mqtt.base_topic`: one or more levels, no wildcards, no empty level, no leading `$`.
    public var baseTopic: String
    /// `mqtt.protocol`.
    public var protocolVersion: ProtocolVersion
    /// `mqtt.keepalive`: whole seconds, 5 s to 18 h.
    public var keepalive: Duration
    /// `mqtt.session` and `mqtt.session_expiry`.
    public var session: Session
    /// `mqtt.max_inflight`: how many messages may wait for the broker's acknowledgement.
    public var maximumInFlight: Int
    /// `mqtt.max_queued`: how many messages may wait in the agent.
    public var maximumQueued: Int
    /// `mqtt.require_user`: whether only users' own topics are heeded.
    public var requiresUser: Bool
    /// `mqtt.tls`; present exactly when the brokers use TLS.
    public var tls: TLSSettings?
}
