import CSNMPResponder
import Power

/// The objects of a fleet's devices in the form that the C side takes.
struct SNMPFleetTable {
    private struct Row {
        var oid: SimulatedOID
        var object: busbar_object
        var bytes: [UInt8] = []
    }

    private var rows: [Row] = []

    init(_ configuration: SNMPFleetConfiguration) {
        let model = configuration.model
        add("1.3.6.1.2.1.1.1.0", .text(model.systemDescription))
        add("1.3.6.1.2.1.1.2.0", .objectID(model.systemObjectID))
        rows.append(Row(oid: "1.3.6.1.2.1.1.3.0", object: Self.object(.timeTicks, BUSBAR_OBJECT_UPTIME)))
        add("1.3.6.1.2.1.1.5.0", .text(model.name))
        for entry in SimulatedTable(model: model, outlets: configuration.outlets).entries {
            add(entry, outlets: configuration.outlets)
            if configuration.hasMovingValues { rows[rows.count - 1].object.movement = Self.movement(of: entry) }
        }
        rows.sort { $0.oid < $1.oid }
    }

    /// Calls `body` with the objects, which are valid only there.
    func withObjects<Value>(_ body: (UnsafeBufferPointer<busbar_object>) -> Value) -> Value {
        // One block for all arcs and one for all bytes, so that two pointers are enough.
        let arcs = rows.flatMap(\.oid.arcs)
        let bytes = rows.flatMap(\.bytes)
        return arcs.withUnsafeBufferPointer { arcs in
            bytes.withUnsafeBytes { bytes in
                var arc = 0
                var byte = 0
                let objects = rows.map { row in
                    var object = row.object
                    object.arcs = arcs.baseAddress.map { $0 + arc }
                    object.length = UInt32(row.oid.arcs.count)
                    object.bytes = row.bytes.isEmpty ? nil : bytes.baseAddress.map { $0 + byte }
                    object.byte_count = UInt32(row.bytes.count)
                    arc += row.oid.arcs.count
                    byte += row.bytes.count
                    return object
                }
                return objects.withUnsafeBufferPointer(body)
            }
        }
    }

    private mutating func add(_ oid: SimulatedOID, _ value: SimulatedValue) {
        var row = Row(oid: oid, object: Self.object(value.kind, BUSBAR_OBJECT_CONSTANT))
        switch value {
        case .octets(let bytes): row.bytes = bytes
        case .ipAddress(let first, let second, let third, let fourth): row.bytes = [first, second, third, fourth]
        // As the C side wants them: the arcs as numbers of 32 bits in the machine's order.
        case .objectID(let oid): row.bytes = oid.arcs.flatMap { arc in withUnsafeBytes(of: arc) { Array($0) } }
        default: row.object.on = value.number ?? 0
        }
        rows.append(row)
    }

    /// Adds an object; of those that a fleet's devices cannot have (delays, pending flags) it always tells the same.
    private mutating func add(_ entry: SimulatedTable.Entry, outlets: Int) {
        let outlet = entry.outlet ?? 0
        func constant(_ number: Int64) { add(entry.oid, .number(number, as: entry.object.kind)) }
        func stateful(_ kind: busbar_object_kind, on: Int64, off: Int64) -> Row {
            var row = Row(oid: entry.oid, object: Self.object(entry.object.kind, kind))
            row.object.outlet = UInt32(max(1, outlet))
            row.object.on = on
            row.object.off = off
            return row
        }
        switch entry.object.content {
        case .constant(let value), .stored(let value): add(entry.oid, value)
        case .outletCount: constant(Int64(outlets))
        case .outletNumber: constant(Int64(outlet))
        case .outletName: add(entry.oid, .text("Outlet \(outlet)"))
        case .delay: constant(-1)
        case .pending(_, let no): constant(Int64(no))
        case .state(let words): rows.append(stateful(BUSBAR_OBJECT_STATE, on: Int64(words.on), off: Int64(words.off)))
        case .control(let control):
            let reading = control.reading
            var row = stateful(BUSBAR_OBJECT_CONTROL, on: Int64(reading.on), off: Int64(reading.off))
            func word(_ order: SimulatedObject.ControlWords.Order) -> Int64 {
                control.orders.first { $0.value == order }.map { Int64($0.key) } ?? .min
            }
            (row.object.write_on, row.object.write_off, row.object.write_cycle) = (word(.on), word(.off), word(.cycle))
            rows.append(row)
        case .outletMeasurement(.energy, let factor):
            // What was counted does not go when the outlet is switched off.
            constant(measured(.energy, outlet, .on, factor))
        case .outletMeasurement(let quantity, let factor):
            let (on, off) = (measured(quantity, outlet, .on, factor), measured(quantity, outlet, .off, factor))
            rows.append(stateful(BUSBAR_OBJECT_STATE, on: on, off: off))
        case .deviceMeasurement(let quantity, let factor):
            let parts = (1...max(1, outlets)).map { Double(measured(quantity, $0, .on, factor)) }
            let total = SimulatedLoad.total(quantity, of: parts) ?? 0
            switch quantity {
            case .current, .power, .apparentPower:
                rows.append(stateful(BUSBAR_OBJECT_TOTAL, on: Int64(total), off: 0))
            case .energy: constant(Int64(total))
            default: constant(Int64((total * factor).rounded()))
            }
        }
    }

    private static func movement(of entry: SimulatedTable.Entry) -> busbar_movement {
        switch entry.object.content {
        case .outletMeasurement(.energy, _), .deviceMeasurement(.energy, _): BUSBAR_GROWS
        case .outletMeasurement, .deviceMeasurement: BUSBAR_SWINGS
        default: BUSBAR_STILL
        }
    }

    private func measured(_ quantity: Quantity, _ outlet: Int, _ state: PowerState, _ factor: Double) -> Int64 {
        let value = SimulatedLoad.measurement(quantity, outlet: outlet, isOn: state == .on, timeOn: .seconds(3_600))
        return Int64(((value ?? 0) * factor).rounded())
    }

    private static func object(_ kind: SimulatedValue.Kind, _ content: busbar_object_kind) -> busbar_object {
        var object = busbar_object()
        object.kind = content
        (object.write_on, object.write_off, object.write_cycle) = (.min, .min, .min)
        // The types as BER numbers them (RFC 3416, section 3).
        object.type =
            switch kind {
            case .integer: 0x02
            case .octets: 0x04
            case .objectID: 0x06
            case .ipAddress: 0x40
            case .counter: 0x41
            case .gauge: 0x42
            case .timeTicks: 0x43
            case .counter64: 0x46
            }
        return object
    }
}
