public import SNMPClient

/// A request of version 1 or 2c, as a played agent sees it, and the answers it may give.
public struct AgentRequest: Sendable {
    /// What is asked: 0xA0 GET, 0xA1 GETNEXT, 0xA3 SET, 0xA5 GETBULK.
    public let command: UInt8
    /// Its number.
    public let requestID: Int32
    /// How many rows a GETBULK asks for; 1 for everything else.
    public let repetitions: Int
    /// The version and the community, as they came.
    private let head: [UInt8]
    /// The list of objects, as it came.
    private let varBinds: [UInt8]

    /// Reads a datagram; nothing when it is no such request.
    public init?(_ datagram: [UInt8]) {
        guard let message = BER.first(datagram[...]),
            let version = BER.first(message.content),
            let community = BER.first(version.rest),
            let pdu = BER.first(community.rest),
            let id = BER.first(pdu.content),
            let status = BER.first(id.rest),
            let index = BER.first(status.rest)
        else { return nil }
        head = BER.element(version.tag, Array(version.content)) + BER.octets(Array(community.content))
        command = pdu.tag
        requestID = id.content.reduce(0) { $0 << 8 | Int32($1) }
        varBinds = Array(index.rest)
        repetitions = pdu.tag == 0xA5 ? index.content.reduce(0) { $0 << 8 | Int($1) } : 1
    }

    /// The objects that are asked for.
    public var objects: [OID] {
        var objects: [OID] = []
        guard let list = BER.first(varBinds[...]) else { return [] }
        var rest = list.content
        while let varBind = BER.first(rest) {
            rest = varBind.rest
            if let oid = BER.first(varBind.content), let object = BER.objectIdentifier(content: oid.content) {
                objects.append(object)
            }
        }
        return objects
    }

    /// A response with the given elements of objects and values.
    public func response(_ varBinds: [[UInt8]], requestID: Int32? = nil, errorStatus: Int32 = 0) -> [UInt8] {
        let pdu = [
            BER.integer(requestID ?? self.requestID), BER.integer(errorStatus), BER.integer(0),
            BER.element(0x30, varBinds.flatMap(\.self)),
        ]
        return BER.element(0x30, head + BER.element(0xA2, pdu.flatMap(\.self)))
    }

    /// A response that gives each of some objects a number.
    public func response(_ values: [(OID, Int32)], requestID: Int32? = nil) -> [UInt8] {
        response(
            values.map { BER.sequence(BER.objectIdentifier($0), BER.integer($1)) },
            requestID: requestID
        )
    }
}
