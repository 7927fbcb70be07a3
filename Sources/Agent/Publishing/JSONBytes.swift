/// A JSON object that is written field by field, in the order of the calls.
///
/// For what is written for every command and every reading: there a general encoder takes longer than everything else that
/// the agent does for it.
struct JSONBytes {
    private static let digits = Array("0123456789abcdef".utf8)

    private var bytes: [UInt8] = []
    private var isFirst = true

    /// An object without a field.
    init(capacity: Int = 64) {
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
    }

    /// The object's text.
    consuming func finished() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Adds a text.
    mutating func add(_ key: String, _ text: String) {
        begin(key)
        quote(text)
    }

    /// Adds a whole number.
    mutating func add(_ key: String, _ number: Int) {
        begin(key)
        bytes.append(contentsOf: String(number).utf8)
    }

    /// Adds a number; nothing when it is not finite, as JSON has none of those.
    mutating func add(_ key: String, _ number: Double) {
        guard number.isFinite else { return }
        if number == number.rounded(), abs(number) < 1e15 { return add(key, Int(number)) }
        begin(key)
        bytes.append(contentsOf: "\(number)".utf8)
    }

    /// Adds an object.
    mutating func add(_ key: String, _ fields: (inout JSONBytes) -> Void) {
        begin(key)
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        fields(&self)
        isFirst = false
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func begin(_ key: String) {
        if isFirst { isFirst = false } else { bytes.append(UInt8(ascii: ",")) }
        quote(key)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Adds a text as RFC 8259, section 7, has it: quotes, backslashes and control characters are escaped.
    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(Self.digits[Int(byte >> 4)])
                bytes.append(Self.digits[Int(byte & 0xF)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
