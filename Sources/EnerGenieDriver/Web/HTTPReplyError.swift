/// Why bytes are not an HTTP answer.
public enum HTTPReplyError: Error, Sendable, Equatable {
    /// They do not follow the protocol, and how.
    case malformed(String)
    /// Head or body are larger than any of these devices sends.
    case tooLarge
    /// The connection ended before the answer was whole.
    case cutShort
}
