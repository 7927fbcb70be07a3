public import Foundation

/// Which entries of the audit trail are wanted; what is not given does not matter.
public struct AuditFilter: Sendable, Equatable {
    /// Of this PDU.
    public var pdu: String?
    /// Of this outlet of the PDU.
    public var outlet: String?
    /// Not before.
    public var since: Date?
    /// Not after.
    public var until: Date?
    /// With one of these; all when empty.
    public var statuses: [String] = []
    /// Asked for by this sender.
    public var by: String?
    /// Of this user, as it proved to be.
    public var user: String?
    /// Of the entries of `pdu`, only those of these outlets, and that the PDU came and went; all when nothing.
    public var outlets: [String]?
    /// Only entries after the one with this number.
    public var after: Int64?
    /// Only entries before the one with this number.
    public var before: Int64?
    /// Whether what concerns the PDU as a whole is wanted beside what concerns `outlet`: that it came and went.
    public var includesWholePDU = false

    /// Everything.
    public init() {}
}
