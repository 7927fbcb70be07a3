/// The alphabet shared by PDUs, groups and agents.
public enum Identifier {
    /// The longest name there is, in characters.
    public static let maximumLength = 64

    /// Whether the text is 1 to 64 of `A-Z a-z 0-9 _ -`.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        return !bytes.isEmpty && bytes.count <= maximumLength && bytes.allSatisfy(isAllowed)
    }

    /// The text with everything outside the alphabet replaced by `-` and cut to 64; nothing when nothing is left.
    ///
    /// A host's name becomes an agent's id this way.
    public static func fitting(_ text: String) -> String? {
        let fitted = String(
            decoding: text.utf8.prefix(maximumLength).map { isAllowed($0) ? $0 : UInt8(ascii: "-") },
            as: UTF8.self
        )
        return fitted.isEmpty ? nil : fitted
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
