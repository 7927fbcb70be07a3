import Agent

/// A part of the audit trail as the interface shows it.
struct LogView: Encodable {
    struct Entry: Encodable {
        let number: Int64
        let entry: AuditEntry

        private enum CodingKeys: String, CodingKey {
            case number
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(number, forKey: .number)
            try entry.encode(to: encoder)
        }
    }

    /// The newest first.
    let entries: [Entry]

    /// - Parameter entries: the oldest first.
    init(_ entries: [(number: Int64, entry: AuditEntry)]) {
        self.entries = entries.reversed().map { Entry(number: $0.number, entry: $0.entry) }
    }
}
