/// Columns of text.
struct TextTable {
    private var rows: [(cells: [String], styles: [TextStyle?])] = []

    init(_ titles: [String]) { rows = [(titles, [])] }

    mutating func add(_ row: [String], styles: [TextStyle?] = []) { rows.append((row.map(Printable.text), styles)) }

    /// The table; columns that are empty in every row are left out.
    var text: String {
        let columns =
            rows.first?.cells.indices.filter { column in rows.dropFirst().contains { !$0.cells[column].isEmpty } } ?? []
        let widths = columns.map { column in rows.map { Self.width(of: $0.cells[column]) }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            // What is left to be filled up before the next text; spaces at the end of a line are of no use.
            var gap = 0
            for (column, width) in zip(columns, widths) {
                let cell = row.cells[column]
                if !cell.isEmpty {
                    let style = row.styles.indices.contains(column) ? row.styles[column] : nil
                    line += String(repeating: " ", count: gap) + (style?.paint(cell) ?? cell)
                    gap = 0
                }
                gap += width - (cell.isEmpty ? 0 : Self.width(of: cell)) + 2
            }
            return line
        }.joined(separator: "\n")
    }

    /// How many characters a text has; of plain text it is as many as bytes, which are counted sooner.
    private static func width(of text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.count
    }

    /// A number as short as it is exact enough for people.
    static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }
}
