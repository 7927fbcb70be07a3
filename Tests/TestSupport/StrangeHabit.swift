public import SNMPClient

/// A way in which an agent answers that no agent should, or that few do.
public enum StrangeHabit: String, CaseIterable, Sendable {
    case noSuchObject, noSuchInstance, endOfView, generalError, tooBig, empty, tooFew, tooMany, otherObjects
    case texts, counters64, nulls, identifiers, endless, circles, backwards, repeating, hugeArcs, longTexts

    /// Its answer to a request; only what the device is is told as it should be, or nothing further would be asked.
    public func answer(to request: AgentRequest, sysObjectID: OID) -> [UInt8] {
        let asked = request.objects
        let isGet = request.command == 0xA0
        /// The objects that an honest agent would name.
        let named = isGet ? asked : asked.map { $0.appending(1) }
        func all(_ oids: [OID], _ value: [UInt8]) -> [UInt8] {
            request.response(
                oids.map { oid in
                    let identity: OID = [1, 3, 6, 1, 2, 1, 1, 2, 0]
                    let known = oid == identity ? BER.objectIdentifier(sysObjectID) : value
                    return BER.sequence(BER.objectIdentifier(oid), known)
                }
            )
        }
        let one = BER.integer(1)
        switch self {
        case .noSuchObject: return all(asked, [0x80, 0])
        case .noSuchInstance: return all(asked, [0x81, 0])
        case .endOfView: return all(asked, [0x82, 0])
        case .generalError: return request.response([], errorStatus: 5)
        case .tooBig: return request.response([], errorStatus: 1)
        case .empty: return request.response([])
        case .tooFew: return all(Array(named.dropLast()), one)
        case .tooMany: return all(named + named, one)
        case .otherObjects: return all(asked.map { _ in [1, 3, 6, 1, 4, 1, 1] }, one)
        case .texts: return all(named, BER.octets([0xFF, 0, 0x0A]))
        case .counters64: return all(named, BER.element(0x46, [0] + Array(repeating: 0xFF, count: 8)))
        case .nulls: return all(named, [0x05, 0])
        case .identifiers: return all(named, BER.objectIdentifier([1, 3, 6, 1]))
        case .endless: return all(named, one)
        case .circles: return all(asked, one)
        case .backwards: return all(isGet ? asked : asked.map { OID($0.arcs.dropLast() + [0]) }, one)
        case .repeating:
            let oids = isGet ? asked : asked.flatMap { oid in (0..<20).map { _ in oid.appending(1) } }
            return all(oids, one)
        case .hugeArcs: return all(isGet ? asked : asked.map { $0.appending(.max) }, one)
        case .longTexts: return all(named, BER.octets(Array(repeating: 0x41, count: 1200)))
        }
    }
}
