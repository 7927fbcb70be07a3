import SNMPClient

/// A request of version 1 or 2c, as a played agent sees it, and the answers it may give.
struct AgentRequest: Sendable {
    let version: [UInt8]
    let community: [UInt8]
    let command: UInt8
    let requestID: Int32
    /// The list of objects, as it came.
    let varBinds: [UInt8]

    init?(_ datagram: [UInt8]) {
        guard let message = BER.first(datagram[...]),
            let version = BER.first(message.content),
            let community = BER.first(version.rest),
            let pdu = BER.first(community.rest),
            let id = BER.first(pdu.content),
            let status = BER.first(id.rest),
            let index = BER.first(status.rest)
        else { return nil }
        self.version = BER.element(version.tag, Array(version.content))
        self.community = Array(community.content)
        command = pdu.tag
        requestID = id.content.reduce(0) { $0 << 8 | Int32($1) }
        varBinds = Array(index.rest)
    }

    /// A response with the given elements of objects and values.
    func response(_ varBinds: [[UInt8]], requestID: Int32? = nil, errorStatus: Int32 = 0) -> [UInt8] {
        let pdu = [
            BER.integer(requestID ?? self.requestID), BER.integer(errorStatus), BER.integer(0),
            BER.element(0x30, varBinds.flatMap(\.self)),
        ]
        return BER.sequence(version, BER.octets(community), BER.element(0xA2, pdu.flatMap(\.self)))
    }

    /// A response that gives each of some objects a number.
    func response(_ values: [(OID, Int32)], requestID: Int32? = nil) -> [UInt8] {
        response(
            values.map { BER.sequence(BER.objectIdentifier($0), BER.integer($1)) },
            requestID: requestID
        )
    }
}
