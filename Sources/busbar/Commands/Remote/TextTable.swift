import Foundation

/// Columns of text.
struct TextTable {
    private var rows: [[String]] = []

    init(_ titles: [String]) { rows = [titles] }

    mutating func add(_ row: [String]) { rows.append(row.map(Printable.text)) }

    /// The table; columns that are empty in every row are left out.
    var text: String {
        let columns = rows.first?.indices.filter { column in rows.dropFirst().contains { !$0[column].isEmpty } } ?? []
        let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(columns, widths).map { column, width in
                row[column] + String(repeating: " ", count: width - row[column].count)
            }.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }

    /// A number as short as it is exact enough for people.
    static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }
}
