/// How long the audit trail is kept; the limit that is reached first counts.
public struct AuditSettings: Sendable, Equatable {
    /// `audit.max_age`.
    public var maximumAge: Duration
    /// `audit.max_size`, in bytes.
    public var maximumSize: Int
}
