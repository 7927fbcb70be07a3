import ArgumentParser
import Foundation
import Power
import Remote

/// Rows of one kind with what can be shown of each, printed as `OutputOptions` says.
struct Listing<Row: Encodable & SendableMetatype> {
    /// What a row has in a column.
    enum Value {
        case none
        case text(String, TextStyle? = nil)
        case number(Double, unit: String = "")
        case flag(Bool, yes: String = "yes", no: String = "no")

        /// For people.
        var shown: String {
            switch self {
            case .none: ""
            case .text(let text, _): text
            case .number(let number, let unit): TextTable.number(number) + (unit.isEmpty ? "" : " " + unit)
            case .flag(let isTrue, let yes, let no): isTrue ? yes : no
            }
        }

        /// For programs.
        var plain: String {
            switch self {
            case .none: ""
            case .text(let text, _): text
            case .number(let number, _):
                number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
            case .flag(let isTrue, _, _): "\(isTrue)"
            }
        }

        var style: TextStyle? { if case .text(_, let style) = self { style } else { nil } }

        /// Numbers by size, texts as people count; what is missing comes last.
        static func isOrdered(_ first: Value, _ second: Value) -> Bool {
            switch (first, second) {
            case (.none, _): false
            case (_, .none): true
            case (.number(let one, _), .number(let other, _)): one < other
            default: first.plain.compare(second.plain, options: [.numeric, .caseInsensitive]) == .orderedAscending
            }
        }
    }

    struct Column {
        let id: String
        var isWide = false
        let value: (Row) -> Value

        /// A column.
        ///
        /// - Parameter isWide: whether it is shown only with `--output wide` and csv, or when it is asked for.
        init(_ id: String, isWide: Bool = false, _ value: @escaping (Row) -> Value) {
            self.id = id
            self.isWide = isWide
            self.value = value
        }
    }

    let columns: [Column]
    /// A row's name, which the other commands take.
    let name: (Row) -> String
    /// What rows have in common that are told as one; nothing where that makes no sense.
    var summary: ((Row) -> String)?

    /// The text to print; without a line's end after the last line, empty where there is nothing.
    ///
    /// - Throws: a `ValidationError` for a column that does not exist.
    func text(_ rows: [Row], _ options: OutputOptions) throws -> String {
        var rows = rows
        if let sort = options.sort {
            let column = try column(sort)
            rows = rows.enumerated().sorted { one, other in
                let (first, second) = (column.value(one.element), column.value(other.element))
                if Value.isOrdered(first, second) { return true }
                return !Value.isOrdered(second, first) && one.offset < other.offset
            }.map(\.element)
        }
        if options.reverse { rows.reverse() }
        let isWide = options.format == .wide || options.format == .csv
        let shown = try options.columns.map(chosen) ?? columns.filter { isWide || !$0.isWide }
        switch options.format {
        case .table, .wide:
            var table = TextTable(shown.map { $0.id.uppercased() })
            for row in rows {
                let values = shown.map { $0.value(row) }
                table.add(values.map(\.shown), styles: values.map(\.style))
            }
            return table.text
        case .folded: return try folded(rows)
        case .csv: return Self.csv(rows, shown)
        case .json: return try JSONText.lines(rows)
        case .yaml: return try YAMLText.list(rows)
        case .name: return rows.map { Printable.text(name($0)) }.joined(separator: "\n")
        }
    }

    /// All columns as CSV.
    func csv(_ rows: [Row]) -> String { Self.csv(rows, columns) }

    private static func csv(_ rows: [Row], _ columns: [Column]) -> String {
        let lines = [columns.map(\.id)] + rows.map { row in columns.map { $0.value(row).plain } }
        return lines.map { $0.map(quoted).joined(separator: ",") }.joined(separator: "\n")
    }

    private func chosen(_ text: String) throws -> [Column] {
        try text.split(separator: ",").map { try column(String($0)) }
    }

    private func column(_ id: String) throws -> Column {
        if let column = columns.first(where: { $0.id == id.lowercased() }) { return column }
        throw ValidationError("there is no column '\(id)'; there are \(columns.map(\.id).joined(separator: ", "))")
    }

    private func folded(_ rows: [Row]) throws -> String {
        guard let summary else { throw ValidationError("this cannot be folded") }
        return FoldedLines.text(rows.map { (name($0), summary($0)) })
    }

    private static func quoted(_ text: String) -> String {
        let text = Printable.text(text)
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

/// Equal things as one line, as powerman prints them: `rack[1-4]/[1-8]: on`.
enum FoldedLines {
    static func text(_ rows: [(name: String, summary: String)]) -> String {
        var order: [String] = []
        var names: [String: [String]] = [:]
        for row in rows {
            if names[row.summary] == nil { order.append(row.summary) }
            names[row.summary, default: []].append(row.name)
        }
        return order.flatMap { summary in
            let all = names[summary] ?? []
            let folded = NameFolding.fold(all.compactMap { OutletID($0) }) + all.filter { OutletID($0) == nil }
            return folded.map { Printable.text("\($0): \(summary)") }
        }.joined(separator: "\n")
    }
}

/// YAML for programs and for people who paste.
enum YAMLText {
    /// A list with a mapping for each value.
    static func list(_ values: [some Encodable]) throws -> String {
        if values.isEmpty { return "[]" }
        let encoder = JSONEncoder()
        return try values.map { value in
            let object = try JSONSerialization.jsonObject(with: try encoder.encode(value), options: .fragmentsAllowed)
            return item(object)
        }.joined(separator: "\n")
    }

    private static func item(_ value: Any) -> String {
        let lines = lines(value)
        return lines.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }.joined(separator: "\n")
    }

    private static func lines(_ value: Any) -> [String] {
        if let mapping = value as? [String: Any], !mapping.isEmpty {
            return mapping.sorted { $0.key < $1.key }.flatMap { key, value -> [String] in
                let isNested = (value as? [String: Any])?.isEmpty == false || (value as? [Any])?.isEmpty == false
                guard isNested else { return ["\(quoted(key)): \(lines(value).first ?? "null")"] }
                return ["\(quoted(key)):"] + lines(value).map { "  " + $0 }
            }
        }
        if let list = value as? [Any], !list.isEmpty {
            return list.flatMap { item($0).split(separator: "\n").map(String.init) }
        }
        switch value {
        case is [String: Any]: return ["{}"]
        case is [Any]: return ["[]"]
        case let text as String: return [quoted(text)]
        case let number as NSNumber where isBoolean(number): return [number.boolValue ? "true" : "false"]
        case let number as NSNumber: return ["\(number)"]
        default: return ["null"]
        }
    }

    private static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

    /// Plain where YAML reads the same text, else in double quotes as JSON writes it, which is YAML too.
    static func quoted(_ text: String) -> String {
        let isPlain =
            text.first?.isLetter == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_/.".contains($0)) }
        if isPlain, !["on", "off", "yes", "no", "true", "false", "null", "y", "n"].contains(text.lowercased()) {
            return text
        }
        let data = try? JSONSerialization.data(
            withJSONObject: text,
            options: [.fragmentsAllowed, .withoutEscapingSlashes]
        )
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
