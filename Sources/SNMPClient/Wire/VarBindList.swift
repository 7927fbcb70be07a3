import CSNMPShim

/// Objects and values in the flat form that the C functions take; its room is used again for the next message.
struct VarBindList {
    private var items: [csnmp_varbind] = []
    private var arcs: [UInt32] = []
    private var bytes: [UInt8] = []

    mutating func fill(_ varBinds: [VarBind]) {
        items.removeAll(keepingCapacity: true)
        arcs.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        for varBind in varBinds { append(varBind) }
    }

    private mutating func append(_ varBind: VarBind) {
        var item = csnmp_varbind()
        item.arc_offset = UInt32(arcs.count)
        item.arc_count = UInt32(varBind.oid.arcs.count)
        item.byte_offset = UInt32(bytes.count)
        arcs += varBind.oid.arcs
        var payload: [UInt8] = []
        let type: Int
        switch varBind.value {
        case .integer(let value): (type, item.number) = (CSNMP_INTEGER, UInt64(bitPattern: Int64(value)))
        case .unsigned(let value): (type, item.number) = (CSNMP_UNSIGNED32, UInt64(value))
        case .counter32(let value): (type, item.number) = (CSNMP_COUNTER32, UInt64(value))
        case .counter64(let value): (type, item.number) = (CSNMP_COUNTER64, value)
        case .timeTicks(let value): (type, item.number) = (CSNMP_TIMETICKS, UInt64(value))
        case .octets(let value): (type, payload) = (CSNMP_OCTETS, value)
        case .ipAddress(let value): (type, payload) = (CSNMP_IPADDRESS, value)
        case .other(let tag, let value): (type, payload) = (Int(tag), value)
        case .opaqueFloat(let value): (type, item.number) = (CSNMP_OPAQUE_FLOAT, UInt64(value.bitPattern))
        case .opaqueDouble(let value): (type, item.number) = (CSNMP_OPAQUE_DOUBLE, value.bitPattern)
        case .objectIdentifier(let value):
            (type, item.number) = (CSNMP_OID, UInt64(arcs.count) << 32 | UInt64(value.arcs.count))
            arcs += value.arcs
        case .null, .noSuchObject, .noSuchInstance, .endOfMIBView: type = CSNMP_NULL
        }
        item.type = UInt8(truncatingIfNeeded: type)
        item.byte_count = UInt32(payload.count)
        bytes += payload
        items.append(item)
    }

    /// Lends the list to a C function.
    func withRaw<Result>(_ body: (csnmp_varbinds) -> Result) -> Result {
        items.withUnsafeBufferPointer { items in
            arcs.withUnsafeBufferPointer { arcs in
                bytes.withUnsafeBufferPointer { bytes in
                    body(
                        csnmp_varbinds(
                            varbinds: items.baseAddress,
                            count: items.count,
                            arcs: arcs.baseAddress,
                            bytes: bytes.baseAddress
                        )
                    )
                }
            }
        }
    }
}
