import CSNMPShim

/// What a device is asked.
struct Operation: Sendable {
    enum Kind: Sendable, Equatable {
        case get
        case getNext
        case getBulk(nonRepeaters: Int, maxRepetitions: Int)
        case set
    }

    /// The most objects of one request, and values of one answer that GETBULK asks for.
    static let maximumCount = 1000

    let kind: Kind
    /// The objects; only a SET has values that count.
    let varBinds: [VarBind]

    /// A read of objects.
    init(_ kind: Kind, _ oids: [OID]) {
        self.kind = kind
        varBinds = oids.map { VarBind($0, .null) }
    }

    /// A write of values.
    init(set varBinds: [VarBind]) {
        kind = .set
        self.varBinds = varBinds
    }

    var isWrite: Bool { kind == .set }

    /// The PDU's type on the wire.
    var command: UInt8 {
        switch kind {
        case .get: UInt8(CSNMP_GET)
        case .getNext: UInt8(CSNMP_GETNEXT)
        case .getBulk: UInt8(CSNMP_GETBULK)
        case .set: UInt8(CSNMP_SET)
        }
    }

    /// What is wrong with the request before it is sent; nil when nothing is.
    func objection(version: SNMPVersion) -> String? {
        if varBinds.isEmpty { return "no object is asked for" }
        if varBinds.count > Self.maximumCount { return "more than \(Self.maximumCount) objects are asked for at once" }
        if let wrong = varBinds.first(where: { !$0.oid.isEncodable }) {
            return "\"\(wrong.oid)\" is no object identifier that can be sent"
        }
        if case .getBulk(let nonRepeaters, let maxRepetitions) = kind {
            if version == .v1 { return "GETBULK does not exist in SNMP version 1" }
            if !(0...Self.maximumCount).contains(nonRepeaters) || !(1...Self.maximumCount).contains(maxRepetitions) {
                return "GETBULK takes 0 to \(Self.maximumCount) non-repeaters and 1 to \(Self.maximumCount) repetitions"
            }
        }
        guard isWrite, let wrong = varBinds.first(where: { !$0.value.isWritable(version: version) }) else { return nil }
        return "\(wrong.oid) cannot be set to a value of this kind"
    }
}
