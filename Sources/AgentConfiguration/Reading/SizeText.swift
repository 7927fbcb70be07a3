/// A number of bytes as people write it: a number and one binary unit.
enum SizeText {
    static let units: [(name: String, factor: Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]

    /// Reads `64MiB`; at most nine digits, no fractions.
    static func parse(_ text: String) -> Int? {
        guard let (number, unit) = DecimalText.split(text), number.billionths == 0,
            let factor = units.first(where: { $0.name == unit })?.factor
        else { return nil }
        return number.whole * factor
    }
}
