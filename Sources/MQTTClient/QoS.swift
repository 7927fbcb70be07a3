/// How sure a message arrives. Exactly once (QoS 2) is not offered: its handshake does not survive a lost connection
/// in the library beneath, and everything that needs it carries an id of its own.
public enum QoS: UInt8, Sendable, Hashable, CaseIterable, Comparable {
    /// QoS 0: sent and forgotten.
    case atMostOnce = 0
    /// QoS 1: acknowledged, and sent again when the connection is lost before that.
    case atLeastOnce = 1

    /// Less certain comes first.
    public static func < (one: QoS, other: QoS) -> Bool { one.rawValue < other.rawValue }
}
