/// An object identifier in numbers, with room for an outlet's number behind it.
public struct NumericOID: Sendable, Hashable {
    /// The most numbers one may have here: 128 by RFC 2578 section 3.5, less one for the outlet's number.
    public static let maximumLength = 127

    /// The numbers, two or more.
    public let arcs: [UInt32]

    /// Reads `1.3.6.1.4.1.318`, with or without a leading dot; nothing when it is not a valid object identifier.
    public init?(_ text: some StringProtocol) {
        let digits = text.hasPrefix(".") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (2...Self.maximumLength).contains(parts.count) else { return nil }
        var arcs: [UInt32] = []
        for part in parts {
            guard !part.isEmpty, part.utf8.count <= 10,
                part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let arc = UInt32(part)
            else { return nil }
            arcs.append(arc)
        }
        // X.660: three roots, and at most 40 arcs below the first two, as the first two share an octet on the wire.
        guard arcs[0] <= 2, arcs[0] == 2 || arcs[1] < 40 else { return nil }
        self.arcs = arcs
    }
}

extension NumericOID: CustomStringConvertible {
    /// The numbers with dots between them.
    public var description: String { arcs.map(String.init).joined(separator: ".") }
}
