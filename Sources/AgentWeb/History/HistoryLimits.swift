/// How much is remembered of what outlets and PDUs drew.
public struct HistoryLimits: Sendable, Equatable {
    /// How far back; nothing is remembered when it is zero.
    public var span: Duration
    /// How much memory it may take for all of them together, in bytes.
    public var memory: Int

    /// So that nothing is remembered.
    static let nothing = HistoryLimits(span: .zero, memory: 0)

    /// Limits.
    public init(span: Duration, memory: Int) {
        self.span = span
        self.memory = memory
    }
}
