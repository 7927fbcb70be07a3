import CSNMPShim

extension SNMPValue {
    /// Whether a SET can carry the value.
    func isWritable(version: SNMPVersion) -> Bool {
        switch self {
        case .integer, .unsigned, .counter32, .timeTicks, .octets, .opaqueFloat, .opaqueDouble, .null: true
        case .counter64: version != .v1
        case .objectIdentifier(let oid): oid.isEncodable
        case .ipAddress(let bytes): bytes.count == 4
        case .other(let type, _): type == UInt8(CSNMP_OPAQUE)
        case .noSuchObject, .noSuchInstance, .endOfMIBView: false
        }
    }

    /// A value from a decoded message.
    init(_ item: csnmp_varbind, in list: csnmp_varbinds) {
        switch Int(item.type) {
        case CSNMP_INTEGER: self = .integer(Int32(truncatingIfNeeded: item.number))
        case CSNMP_UNSIGNED32, CSNMP_UINTEGER32: self = .unsigned(UInt32(truncatingIfNeeded: item.number))
        case CSNMP_COUNTER32: self = .counter32(UInt32(truncatingIfNeeded: item.number))
        case CSNMP_TIMETICKS: self = .timeTicks(UInt32(truncatingIfNeeded: item.number))
        case CSNMP_COUNTER64, CSNMP_OPAQUE_COUNTER64, CSNMP_OPAQUE_UNSIGNED64: self = .counter64(item.number)
        case CSNMP_OCTETS: self = .octets(list.bytes(of: item))
        case CSNMP_OID:
            self = .objectIdentifier(
                list.oid(offset: Int(item.number >> 32), count: Int(item.number & 0xFFFF_FFFF))
            )
        case CSNMP_IPADDRESS: self = .ipAddress(list.bytes(of: item))
        case CSNMP_OPAQUE_FLOAT: self = .opaqueFloat(Float(bitPattern: UInt32(truncatingIfNeeded: item.number)))
        case CSNMP_OPAQUE_DOUBLE: self = .opaqueDouble(Double(bitPattern: item.number))
        case CSNMP_NULL: self = .null
        case CSNMP_NOSUCHOBJECT: self = .noSuchObject
        case CSNMP_NOSUCHINSTANCE: self = .noSuchInstance
        case CSNMP_ENDOFMIBVIEW: self = .endOfMIBView
        case CSNMP_OPAQUE_INTEGER64:
            self = .other(type: item.type, bytes: withUnsafeBytes(of: item.number.bigEndian, Array.init))
        default: self = .other(type: item.type, bytes: list.bytes(of: item))
        }
    }
}

extension csnmp_varbinds {
    /// The objects and values of a decoded message, copied out of the codec's buffers.
    ///
    /// - Parameter asked: What the message answers. An object that was asked for at the same place is not made anew.
    func copied(asked: [VarBind]) -> [VarBind] {
        UnsafeBufferPointer(start: varbinds, count: count).enumerated().map { place, item in
            let named = UnsafeBufferPointer(rebasing: arcs(offset: Int(item.arc_offset), count: Int(item.arc_count)))
            let object =
                asked.indices.contains(place) && asked[place].oid.hasArcs(named)
                ? asked[place].oid : OID(named)
            return VarBind(object, SNMPValue(item, in: self))
        }
    }

    private func arcs(offset: Int, count: Int) -> Slice<UnsafeBufferPointer<UInt32>> {
        UnsafeBufferPointer(start: arcs, count: offset + count)[offset...]
    }

    fileprivate func oid(offset: Int, count: Int) -> OID {
        OID(arcs(offset: offset, count: count))
    }

    fileprivate func bytes(of item: csnmp_varbind) -> [UInt8] {
        let end = Int(item.byte_offset) + Int(item.byte_count)
        return Array(UnsafeBufferPointer(start: bytes, count: end)[Int(item.byte_offset)...])
    }
}
