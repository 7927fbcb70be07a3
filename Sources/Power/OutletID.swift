/// One outlet in a fleet.
public struct OutletID: Sendable, Hashable, Comparable {
    /// The PDU it is on.
    public let pdu: PDUName
    /// Its number there.
    public let outlet: OutletNumber

    /// Names an outlet of a PDU.
    public init(pdu: PDUName, outlet: OutletNumber) {
        self.pdu = pdu
        self.outlet = outlet
    }

    /// Reads `bench/1`; nothing when it is not of that form.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let pdu = PDUName(parts[0]), let outlet = OutletNumber(topicLevel: parts[1]) else {
            return nil
        }
        self.init(pdu: pdu, outlet: outlet)
    }

    /// By PDU, then by number.
    public static func < (left: OutletID, right: OutletID) -> Bool {
        (left.pdu, left.outlet) < (right.pdu, right.outlet)
    }
}

extension OutletID: CustomStringConvertible {
    /// As `bench/1`.
    public var description: String { "\(pdu)/\(outlet)" }
}

extension OutletID: Codable {
    /// Reads `bench/1`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let outlet = OutletID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an outlet like bench/1")
        }
        self = outlet
    }

    /// Writes `bench/1`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
