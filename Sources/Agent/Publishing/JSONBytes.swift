/// A JSON object that is written field by field, in the order of the calls.
///
/// For what is written for every command and every reading, and for lists of very many things: there a general encoder takes
/// longer than everything else that is done for it.
public struct JSONBytes {
    private static let digits = Array("0123456789abcdef".utf8)

    private var bytes: [UInt8] = []
    private var isFirst = true

    /// An object without a field.
    public init(capacity: Int = 64) {
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
    }

    /// The object's text.
    public consuming func finished() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Adds a text.
    public mutating func add(_ key: String, _ text: String) {
        begin(key)
        quote(text)
    }

    /// Adds a whole number.
    public mutating func add(_ key: String, _ number: Int) {
        begin(key)
        bytes.append(contentsOf: String(number).utf8)
    }

    /// Adds a number; nothing when it is not finite, as JSON has none of those.
    public mutating func add(_ key: String, _ number: Double) {
        guard number.isFinite else { return }
        if number == number.rounded(), abs(number) < 1e15 { return add(key, Int(number)) }
        begin(key)
        bytes.append(contentsOf: "\(number)".utf8)
    }

    /// Adds a number with at most four decimals, which is finer than any of these devices measures; nothing when it is not
    /// finite.
    mutating func add(_ key: String, tenThousandths number: Double) {
        let parts = (number * 10_000).rounded()
        // What a number of 64 bits does not hold with its decimals has none worth telling.
        guard abs(parts) < 1e15 else { return add(key, number) }
        begin(key)
        let (whole, part) = Int(abs(parts)).quotientAndRemainder(dividingBy: 10_000)
        if parts < 0 { bytes.append(UInt8(ascii: "-")) }
        append(digitsOf: whole)
        guard part != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var rest = part
        var unit = 1_000
        while rest != 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / unit))
            rest %= unit
            unit /= 10
        }
    }

    /// Puts the digits of a whole number that is not negative.
    private mutating func append(digitsOf number: Int) {
        if number >= 10 { append(digitsOf: number / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Adds a yes or no.
    public mutating func add(_ key: String, _ flag: Bool) {
        begin(key)
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    /// Adds a list of texts.
    public mutating func add(_ key: String, _ texts: some Sequence<String>) {
        list(key, texts) { $0.quote($1) }
    }

    /// Adds a list of objects.
    public mutating func add<Value>(
        _ key: String,
        _ values: some Sequence<Value>,
        _ fields: (inout JSONBytes, Value) -> Void
    ) {
        list(key, values) { json, value in
            json.bytes.append(UInt8(ascii: "{"))
            json.isFirst = true
            fields(&json, value)
            json.bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func list<Value>(
        _ key: String,
        _ values: some Sequence<Value>,
        _ write: (inout JSONBytes, Value) -> Void
    ) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        var isFirstValue = true
        for value in values {
            if !isFirstValue { bytes.append(UInt8(ascii: ",")) }
            isFirstValue = false
            write(&self, value)
        }
        isFirst = false
        bytes.append(UInt8(ascii: "]"))
    }

    /// Adds an object.
    public mutating func add(_ key: String, _ fields: (inout JSONBytes) -> Void) {
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
