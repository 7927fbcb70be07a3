/// How long the audit trail is kept; the limit that is reached first counts.
public struct AuditLimits: Sendable, Equatable {
    /// How old an entry may become.
    public var age: Duration
    /// How large the files may become together, in bytes.
    public var size: Int

    /// Limits.
    public init(age: Duration, size: Int) {
        self.age = age
        self.size = size
    }
}
