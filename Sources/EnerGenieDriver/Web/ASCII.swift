/// What protocols of ASCII text need of it; bytes outside ASCII are left as they are.
enum ASCII {
    /// The bytes without white space at both ends.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = bytes
        while let first = rest.first, isSpace(first) { rest.removeFirst() }
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }

    /// The bytes with `A` to `Z` made small.
    static func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    /// The number that 1 to 7 digits and nothing else stand for.
    static func number(_ bytes: some Collection<UInt8>, radix: Int = 10) -> Int? {
        guard (1...7).contains(bytes.count), bytes.allSatisfy(isAlphanumeric) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self), radix: radix)
    }

    /// Whether the byte is a letter or a digit.
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// Whether the byte is white space, line ends included.
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte)
    }
}
