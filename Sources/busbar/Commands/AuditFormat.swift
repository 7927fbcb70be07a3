import Agent
import Foundation
import Power

/// An entry of an audit trail, of this machine or as an agent's HTTP interface shows it.
struct AuditLine: Decodable {
    var number: Int64?
    var time: String
    var kind: String
    var pdu: String?
    var outlet: String?
    var target: String?
    var action: String?
    var id: String?
    var user: String?
    var door: String?
    var by: String?
    var reason: String?
    var replyTopic: String?
    var status: String
    var code: String?
    var message: String?
    var before: String?
    var after: String?

    private enum CodingKeys: String, CodingKey {
        case number, time, kind, pdu, outlet, target, action, id, user, door, by, reason, status, code, message, before,
            after
        case replyTopic = "reply_topic"
    }

    /// Reads what an agent sends.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String? { try container.decodeIfPresent(String.self, forKey: key) }
        number = try container.decodeIfPresent(Int64.self, forKey: .number)
        time = try container.decode(String.self, forKey: .time)
        kind = try container.decode(String.self, forKey: .kind)
        pdu = try text(.pdu)
        // A number, or what stood in the topic in its place.
        outlet = (try? container.decodeIfPresent(Int.self, forKey: .outlet)).map { "\($0)" }
        if outlet == nil { outlet = try? text(.outlet) }
        target = try text(.target)
        action = try text(.action)
        id = try text(.id)
        user = try text(.user)
        door = try text(.door)
        by = try text(.by)
        reason = try text(.reason)
        replyTopic = try text(.replyTopic)
        status = try container.decode(String.self, forKey: .status)
        code = try text(.code)
        message = try text(.message)
        before = try text(.before)
        after = try text(.after)
    }

    /// An entry of this machine's.
    init(_ entry: AuditEntry) {
        time = RFC3339.text(entry.time)
        kind = entry.kind.rawValue
        pdu = entry.pdu
        outlet = entry.outlet
        target = entry.target
        action = entry.action?.rawValue
        id = entry.id
        user = entry.user
        door = entry.door.map { "\($0)" }
        by = entry.by
        reason = entry.reason
        replyTopic = entry.replyTopic
        status = entry.status
        code = entry.code
        message = entry.message
        before = entry.before?.rawValue
        after = entry.after?.rawValue
    }
}

/// Writes entries of the audit trail as a table for people, with times in the reader's time zone.
struct AuditFormat {
    private static let zone = Date.ISO8601FormatStyle(
        timeZoneSeparator: .colon,
        includingFractionalSeconds: true,
        timeZone: .current
    )
    private var hasHeader = false

    /// The lines for an entry, with the table's head before the first.
    mutating func text(of line: AuditLine) -> String {
        defer { hasHeader = true }
        let head = Self.row("TIME", "WHERE", "WHAT", "OUTCOME", "STATE", "BY", "WHY")
        return (hasHeader ? "" : head) + Self.row(line)
    }

    /// Who it proved to be first, and what it says of itself where that is something else.
    private static func who(_ line: AuditLine) -> String {
        guard let user = line.user else { return line.by ?? (line.replyTopic.map { "reply \($0)" } ?? "") }
        guard let by = line.by, by != user else { return user }
        return "\(user) (\(by))"
    }

    private static func row(_ line: AuditLine) -> String {
        let place = [line.pdu, line.outlet].compactMap(\.self).joined(separator: "/")
        let what = line.action ?? (line.kind == "command" ? "?" : line.kind)
        let state = line.before == line.after ? line.after ?? "" : "\(line.before ?? "?")>\(line.after ?? "?")"
        let id = line.id.map { "id \($0)" }
        let why = [line.reason, line.message, line.target.map { "to \($0)" }, id].compactMap(\.self)
        return row(
            RFC3339.date(line.time).map(zone.format) ?? line.time,
            place.isEmpty ? line.target ?? "" : place,
            what,
            line.code.map { "\(line.status) \($0)" } ?? line.status,
            state,
            who(line),
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
