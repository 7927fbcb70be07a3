import Agent
import Foundation
import Power

/// Writes entries of the audit trail for people or for programs.
struct AuditFormat {
    let isJSON: Bool
    private let encoder: JSONEncoder
    private var hasHeader = false

    init(isJSON: Bool) {
        self.isJSON = isJSON
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    /// The lines for an entry, with the table's head before the first.
    mutating func text(of entry: AuditEntry) -> String {
        if isJSON {
            // Everything in an entry has a form in JSON.
            return ((try? encoder.encode(entry)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
        }
        defer { hasHeader = true }
        let head = Self.row("TIME", "WHERE", "WHAT", "OUTCOME", "STATE", "BY", "WHY")
        return (hasHeader ? "" : head) + Self.row(entry)
    }

    /// Who it proved to be first, and what it says of itself where that is something else.
    private static func who(_ entry: AuditEntry) -> String {
        guard let user = entry.user else { return entry.by ?? (entry.replyTopic.map { "reply \($0)" } ?? "") }
        guard let by = entry.by, by != user else { return user }
        return "\(user) (\(by))"
    }

    private static func row(_ entry: AuditEntry) -> String {
        let place = [entry.pdu, entry.outlet].compactMap(\.self).joined(separator: "/")
        let what = entry.action?.rawValue ?? (entry.kind == .command ? "?" : entry.kind.rawValue)
        let state =
            entry.before == entry.after
            ? entry.after?.rawValue ?? "" : "\(entry.before?.rawValue ?? "?")>\(entry.after?.rawValue ?? "?")"
        let id = entry.id.map { "id \($0)" }
        let why = [entry.reason, entry.message, entry.target.map { "to \($0)" }, id].compactMap(\.self)
        return row(
            RFC3339.text(entry.time),
            place.isEmpty ? entry.target ?? "" : place,
            what,
            entry.code.map { "\(entry.status) \($0)" } ?? entry.status,
            state,
            who(entry),
            why.joined(separator: "; ")
        )
    }

    private static func row(
        _ time: String,
        _ place: String,
        _ what: String,
        _ outcome: String,
        _ state: String,
        _ by: String,
        _ why: String
    ) -> String {
        let columns = [(time, 24), (place, 14), (what, 12), (outcome, 22), (state, 7), (by, 14), (why, 0)]
        let line = columns.map { text, width in
            let shown = printable(text)
            return shown + String(repeating: " ", count: max(0, width - shown.count))
        }
        .joined(separator: " ")
        return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }

    /// What senders wrote must not steer the terminal it is shown on.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                    default: scalar
                    }
                }
            )
        )
    }
}
