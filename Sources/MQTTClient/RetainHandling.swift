/// Whether a subscription delivers the retained messages that the broker already has. MQTT 3.1.1 always sends them.
public enum RetainHandling: UInt8, Sendable, Hashable, CaseIterable {
    /// At each subscription, so also after each reconnection.
    case send = 0
    /// Only when the session did not have the subscription before.
    case sendIfNew = 1
    /// Never.
    case never = 2
}
