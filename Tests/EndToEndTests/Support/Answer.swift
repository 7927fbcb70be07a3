import Foundation

/// A result as a client of the agent reads it.
struct Answer: Decodable, Sendable {
    struct Problem: Decodable, Sendable {
        let code: String
        let message: String
        let until: String?
    }

    struct Plan: Decodable, Sendable {
        struct Step: Decodable, Sendable {
            let outlet: String
            let action: String
            let after: Double
        }

        let steps: [Step]
    }

    /// What became of a load's feed.
    struct Feed: Decodable, Sendable {
        let pdu: String
        let outlet: Int
        let status: String?
        let state: String?
        let error: Problem?

        /// As `strip/1 done ON`, or `strip/1 failed/mismatch ON`.
        var text: String {
            let end = [status, error?.code].compactMap(\.self).joined(separator: "/")
            return (["\(pdu)/\(outlet)"] + [end, state ?? ""].filter { !$0.isEmpty }).joined(separator: " ")
        }
    }

    /// The outlet: a number, or the text of a topic that holds none.
    struct Outlet: Decodable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, Equatable {
        let text: String

        init(integerLiteral value: Int) { text = "\(value)" }
        init(stringLiteral value: String) { text = "'\(value)'" }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text = try (try? container.decode(Int.self)).map { "\($0)" } ?? "'\(container.decode(String.self))'"
        }
    }

    let id: String?
    let pdu: String?
    let group: String?
    let load: String?
    let outlet: Outlet?
    let action: String?
    let status: String
    let state: String?
    let error: Problem?
    let by: String?
    let receivedAt: String
    let finishedAt: String
    let queuedMilliseconds: Double?
    let deviceMilliseconds: Double?
    let plan: Plan?
    let outlets: [Answer]?
    let feeds: [Feed]?
    let loads: [Answer]?

    private enum CodingKeys: String, CodingKey {
        case id, pdu, group, load, outlet, action, status, state, error, by, plan, outlets, feeds, loads
        case receivedAt = "received_at"
        case finishedAt = "finished_at"
        case queuedMilliseconds = "queued_ms"
        case deviceMilliseconds = "device_ms"
    }

    static func read(_ text: String) throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
    }

    /// The status, and the code of the error where there is one: `done`, `rejected/retained`.
    var verdict: String { error.map { "\(status)/\($0.code)" } ?? status }
}
