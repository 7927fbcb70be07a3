/// The number printed on the device beside an outlet, from 1; never 0-based.
public struct OutletNumber: Sendable, Hashable, Comparable {
    /// The largest number accepted; the largest PDUs and daisy chains known stay far below.
    public static let maximum = 9999

    /// The number, 1 to 9999.
    public let rawValue: Int

    /// Takes a number, or nothing when it is out of range.
    public init?(_ rawValue: Int) {
        guard (1...Self.maximum).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// Reads a number from a topic level: ASCII digits without sign, space or leading zeros.
    public init?(topicLevel: some StringProtocol) {
        var number = 0
        var length = 0
        for byte in topicLevel.utf8 {
            length += 1
            guard length <= 4, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            if number == 0, byte == UInt8(ascii: "0") { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        self.init(number)
    }

    /// Smaller numbers come first.
    public static func < (left: OutletNumber, right: OutletNumber) -> Bool { left.rawValue < right.rawValue }
}

extension OutletNumber: CustomStringConvertible {
    /// The digits.
    public var description: String { String(rawValue) }
}
