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
        let digits = topicLevel.utf8
        guard let first = digits.first, first != UInt8(ascii: "0"), digits.count <= 4,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(topicLevel)
        else { return nil }
        self.init(number)
    }

    /// Smaller numbers come first.
    public static func < (left: OutletNumber, right: OutletNumber) -> Bool { left.rawValue < right.rawValue }
}

extension OutletNumber: CustomStringConvertible {
    /// The digits.
    public var description: String { String(rawValue) }
}
