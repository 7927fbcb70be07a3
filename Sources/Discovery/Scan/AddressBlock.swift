/// A block of IPv4 addresses, such as `192.0.2.0/24`.
public struct AddressBlock: Sendable, Hashable {
    /// The first address as a number.
    let first: UInt32
    /// How many bits all addresses share, 0 to 32.
    public let prefixLength: Int

    /// Reads `a.b.c.d/n` or a single address; nothing when it is neither.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let start = parts.first, parts.count <= 2, let address = Self.address(start) else { return nil }
        var length = 32
        if parts.count == 2 {
            guard let given = Self.number(parts[1], upTo: 32) else { return nil }
            length = Int(given)
        }
        prefixLength = length
        first = length == 0 ? 0 : address & ~UInt32(0) << UInt32(32 - length)
    }

    /// How many hosts are asked: in blocks larger than /31 without the network's own and the broadcast address.
    public var count: Int {
        let size = 1 << (32 - prefixLength)
        return prefixLength < 31 ? size - 2 : size
    }

    /// The address of a host, from 0 to `count - 1`.
    public subscript(index: Int) -> String {
        let offset = prefixLength < 31 ? index + 1 : index
        let address = first &+ UInt32(truncatingIfNeeded: offset)
        return [24, 16, 8, 0].map { "\(address >> $0 & 255)" }.joined(separator: ".")
    }

    private static func address(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let byte = number(part, upTo: 255) else { return nil }
            address = address << 8 | byte
        }
        return address
    }

    /// Digits without leading zeros, which some programs would read as octal.
    private static func number(_ text: some StringProtocol, upTo limit: UInt32) -> UInt32? {
        guard (1...3).contains(text.utf8.count), text == "0" || !text.hasPrefix("0"),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt32(text), number <= limit
        else { return nil }
        return number
    }
}
