/// What a client has done so far. Counts never go down.
public struct MQTTStatistics: Sendable, Hashable {
    /// Whether there is a connection.
    public var isConnected = false
    /// Whether the broker has granted every subscription of this connection.
    public var isSubscribed = false
    /// The broker that is or was last connected.
    public var broker: BrokerAddress?
    /// The version that is or was last spoken.
    public var protocolVersion: ProtocolVersion?
    /// How often a connection was established.
    public var connections: UInt64 = 0
    /// How often a connection could not be established.
    public var failedConnections: UInt64 = 0
    /// How many messages wait to be sent or acknowledged.
    public var queued = 0
    /// How many messages that were not retained have been dropped from the full queue.
    public var dropped: UInt64 = 0
    /// How many retained messages were replaced by newer ones for their topic before they were sent.
    public var coalesced: UInt64 = 0
    /// How many messages the broker has taken (QoS 1: acknowledged; QoS 0: written to the connection).
    public var published: UInt64 = 0
    /// How many messages the broker has refused.
    public var refused: UInt64 = 0
    /// How many messages have arrived.
    public var received: UInt64 = 0
    /// How often a consumer was so far behind that reading was suspended.
    public var suspensions: UInt64 = 0
    /// What went wrong last; stays after it has been overcome.
    public var lastError: MQTTError?

    /// Nothing done yet.
    public init() {}

    /// How often a connection was established again.
    public var reconnections: UInt64 { connections > 0 ? connections - 1 : 0 }
}
