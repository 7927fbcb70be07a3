/// Texts from devices and brokers, made safe for a terminal.
enum Printable {
    /// The text without control characters, which could move the cursor or worse.
    static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
            )
        )
    }
}
