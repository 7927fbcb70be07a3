internal import SNMPClient

/// What a device answered for an object, read with the tolerance that devices need: numbers come in every integer type
/// and in texts too.
struct DeviceValue: Sendable, Equatable {
    let raw: SNMPValue

    /// A value; nothing where the device only gave a reason for none.
    init?(_ raw: SNMPValue) {
        guard raw.isPresent, raw != .null else { return nil }
        self.raw = raw
    }

    /// A value taken out of a packed text.
    init(text: String) {
        raw = .octets(Array(text.utf8))
    }

    /// The whole number that it is, or whose digits it is.
    var integer: Int? {
        if let number = raw.wholeNumber { return Int(exactly: number) }
        guard let text, text.utf8.count <= 20 else { return nil }
        return Int(text)
    }

    /// The number that it is, or with which it begins (`230.5 V`).
    var number: Double? {
        switch raw {
        case .counter64(let value): return Double(value)
        case .opaqueFloat(let value): return value.isFinite ? Double(value) : nil
        case .opaqueDouble(let value): return value.isFinite ? value : nil
        case .octets: return text.flatMap(Self.leadingNumber)
        default: return raw.wholeNumber.map(Double.init)
        }
    }

    /// The text that it is, without the spaces and NULs around it.
    var text: String? {
        guard let text = raw.text else { return nil }
        // As nearly every text is; looking at characters takes long.
        if let first = text.utf8.first, let last = text.utf8.last, Self.isPlain(first), Self.isPlain(last) {
            return text
        }
        func isPadding(_ character: Character) -> Bool { character.isWhitespace || character == "\0" }
        return String(text.drop(while: isPadding).reversed().drop(while: isPadding).reversed())
    }

    /// The text as a name for people: one line, not endless, and nothing where it is empty.
    var label: String? {
        guard let text else { return nil }
        if !text.isEmpty, text.utf8.count <= 128, text.utf8.allSatisfy({ $0 == 0x20 || Self.isPlain($0) }) {
            return text
        }
        let line = text.filter { character in
            character.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        }
        return line.isEmpty ? nil : String(line.prefix(128))
    }

    /// The value for people, cut short where a device has gone wild.
    var words: String {
        switch raw {
        case .octets: "\"\(String((text ?? "").prefix(40)))\""
        case .objectIdentifier(let oid): "\(oid)"
        case .opaqueFloat(let value): "\(value)"
        case .opaqueDouble(let value): "\(value)"
        case .ipAddress(let bytes): bytes.map(String.init).joined(separator: ".")
        case .counter64(let value): "\(value)"
        case .other(let type, _): "a value of type \(type)"
        default: raw.wholeNumber.map(String.init) ?? "a value of another type"
        }
    }

    /// Whether a byte of UTF-8 is a visible ASCII character.
    private static func isPlain(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }

    private static func leadingNumber(_ text: String) -> Double? {
        let head = text.prefix { ("0"..."9").contains($0) || "+-.".contains($0) }
        guard !head.isEmpty, head.utf8.count <= 32, let number = Double(head), number.isFinite else { return nil }
        return number
    }
}
