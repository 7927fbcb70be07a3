import Foundation

@testable import AgentConfiguration

/// Makes the tables of `docs/configuration.md` from the parser's key tables; the prose round them is written by hand.
enum DocumentationGenerator {
    static func table(_ table: DocumentedTable) -> String {
        var lines = ["| key | type and range | without it | example | meaning |", "| --- | --- | --- | --- | --- |"]
        for entry in table.entries {
            let cells = [
                "`\(table.path(of: entry))`", type(entry.kind), absence(entry.absence), "`\(entry.example)`",
                entry.meaning,
            ]
            lines.append("| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n")
    }

    /// Puts the tables between their marks.
    static func fill(_ page: String) throws -> String {
        var page = page
        for table in DocumentedTable.all {
            let (start, end) = ("<!-- keys: \(table.mark) -->\n", "<!-- end -->")
            guard let opening = page.range(of: start),
                let closing = page[opening.upperBound...].range(of: end)
            else { throw MissingMark(mark: start) }
            page.replaceSubrange(opening.upperBound..<closing.lowerBound, with: Self.table(table) + "\n")
        }
        return page
    }

    struct MissingMark: Error {
        var mark: String
    }

    private static func absence(_ absence: KeyEntry.Absence) -> String {
        switch absence {
        case .refused: "**required**"
        case .value(let text): "`\(text)`"
        case .described(let text): text
        }
    }

    private static func type(_ kind: ValueKind) -> String {
        switch kind {
        case .text(let word): word
        case .boolean: "`true` or `false`"
        case .integer(let range): "whole number, \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "number, \(short(range.lowerBound)) to \(short(range.upperBound))"
        case .duration(let range, _): "time, \(range.lowerBound.formatted) to \(range.upperBound.formatted)"
        case .size(let range): "size, \(range.lowerBound.formattedSize) to \(range.upperBound.formattedSize)"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .secret(_, let length): length > 1 ? "secret, \(length) characters or more" : "secret"
        case .secretFile: "path"
        case .word: "word"
        case .snmpValue: "number or text"
        case .oneOrMore(let element): "\(type(element)), or a list of them"
        case .list(.variants): "list of PDUs"
        case .list(let element): "list of: \(type(element))"
        case .section: "keys below"
        case .map(let keys, _, .section): "keys below by \(keys)"
        case .map(let keys, _, let element): "\(type(element)), by \(keys)"
        case .variants: "keys below"
        }
    }

    private static func short(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : String(number)
    }
}
