/// The version of the protocol that a connection speaks.
public enum ProtocolVersion: String, Sendable, Hashable, CaseIterable {
    /// MQTT 5.
    case v5 = "5"
    /// MQTT 3.1.1.
    case v311 = "3.1.1"
}
