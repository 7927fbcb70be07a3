/// Notices that another client uses our client id: brokers before MQTT 5, and mosquitto 2.0, do not say why they close.
struct TakeoverSuspicion: Sendable {
    /// Connections that the broker closes sooner than this are suspect.
    static let shortLifetime: Duration = .seconds(10)

    private var shortLives = 0

    /// A connection was lost.
    ///
    /// - Returns: whether to warn; once until a connection has lasted.
    mutating func connectionLost(after lifetime: Duration, closedByBroker: Bool) -> Bool {
        guard closedByBroker, lifetime < Self.shortLifetime else {
            if lifetime >= BrokerRotation.stableLifetime { shortLives = 0 }
            return false
        }
        shortLives += 1
        return shortLives == 2
    }
}
