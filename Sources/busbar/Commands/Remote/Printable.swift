/// Texts from devices and brokers, made safe for a terminal.
enum Printable {
    /// The text without control characters, which could move the cursor or worse.
    static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
    }

    /// The general category Cc, which will never have other members (Unicode Standard, table 4-4 and section 23.1).
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
