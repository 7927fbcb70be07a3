/// An object identifier of a simulated device.
public struct SimulatedOID: Sendable, Hashable {
    /// The most arcs there may be (RFC 3416, section 4.1).
    public static let maximumLength = 128

    /// The numbers.
    public let arcs: [UInt32]

    /// Takes the numbers, or nothing when there are none or too many.
    public init?(_ arcs: [UInt32]) {
        guard !arcs.isEmpty, arcs.count <= Self.maximumLength else { return nil }
        self.arcs = arcs
    }

    /// Reads `1.3.6.1` or `.1.3.6.1`; nothing when it is not of that form.
    public init?(_ text: some StringProtocol) {
        let digits = text.hasPrefix(".") ? text.dropFirst() : text[...]
        var arcs: [UInt32] = []
        for part in digits.split(separator: ".", omittingEmptySubsequences: false) {
            guard let arc = UInt32(part) else { return nil }
            arcs.append(arc)
        }
        self.init(arcs)
    }

    /// Whether the other one is this one or below it.
    public func contains(_ other: SimulatedOID) -> Bool { other.arcs.starts(with: arcs) }
}

extension SimulatedOID: Comparable {
    /// In the order in which an SNMP walk gives them.
    public static func < (left: SimulatedOID, right: SimulatedOID) -> Bool {
        left.arcs.lexicographicallyPrecedes(right.arcs)
    }
}

extension SimulatedOID: CustomStringConvertible {
    /// As `1.3.6.1`.
    public var description: String { arcs.map(String.init).joined(separator: ".") }
}
