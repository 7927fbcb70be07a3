import Agent
import Foundation
import Power

/// Which part of the audit trail a request asks for.
struct LogQuery: Equatable {
    /// Why a request cannot be understood.
    struct Problem: Error, Equatable {
        let message: String
    }

    /// How many entries are given at most.
    static let maximumLimit = 500
    /// How entries end.
    static let statuses = Outcome.Status.allCases.map(\.rawValue) + ["online", "offline", "seen"]

    var filter = AuditFilter()
    private(set) var limit = 50

    /// Reads the parameters `limit`, `since`, `until`, `before`, `by`, `user` and `status`; others are not its business.
    init(_ parameters: some Sequence<(key: Substring, value: Substring)>) throws(Problem) {
        for (key, value) in parameters {
            switch key {
            case "limit":
                guard let number = Int(value), (1...Self.maximumLimit).contains(number) else {
                    throw Problem(message: "limit must be from 1 to \(Self.maximumLimit)")
                }
                limit = number
            case "since": filter.since = try Self.time(value, key)
            case "until": filter.until = try Self.time(value, key)
            case "user":
                guard !value.isEmpty else { throw Problem(message: "user must be the name of a user") }
                filter.user = String(value)
            case "before":
                guard let number = Int64(value) else {
                    throw Problem(message: "before must be the number of an entry")
                }
                filter.before = number
            case "by":
                guard value.unicodeScalars.count <= 256 else {
                    throw Problem(message: "by must be at most 256 characters")
                }
                filter.by = String(value)
            case "status":
                let wanted = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                guard wanted.allSatisfy(Self.statuses.contains) else {
                    throw Problem(
                        message: "status must be some of \(Self.statuses.joined(separator: ",")), with commas"
                    )
                }
                filter.statuses = wanted
            default: break
            }
        }
    }

    /// Asks for one PDU, or for one outlet with what concerns its PDU as a whole.
    mutating func select(_ pdu: String, _ outlet: OutletNumber?) {
        filter.pdu = pdu
        filter.outlet = outlet?.description
        filter.includesWholePDU = outlet != nil
    }

    private static func time(_ text: Substring, _ key: Substring) throws(Problem) -> Date {
        guard let date = RFC3339.date(String(text)) else {
            throw Problem(message: "\(key) must be a time like 2026-03-01T12:00:00Z")
        }
        return date
    }
}
