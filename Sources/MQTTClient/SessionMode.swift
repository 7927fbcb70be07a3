/// What the broker keeps of this client while it is away.
public enum SessionMode: Sendable, Hashable {
    /// Nothing: each connection starts anew, and what was published meanwhile never arrives late.
    case clean
    /// Subscriptions and messages of QoS 1, for so long after the connection was lost (whole seconds; MQTT 3.1.1 knows
    /// no limit, there the broker's own applies). Commands may then arrive late.
    case persistent(expiry: Duration)
}
