import Power
import SNMPClient

@testable import SNMPDriver

/// What a poll of a large PDU costs once the device is known, counted from what it asks for.
struct PollCost {
    static let outlets = 42

    /// The requests of a poll, one after the other.
    let requests: Int
    /// The octets of the variable bindings in the largest answer.
    let largestAnswer: Int

    /// The cost for a model of which the device has everything, with three rows in every table of phases.
    init(_ model: PDUModel) {
        var parts = Set(model.index.keys)
        if case .rows(let rows) = model.outlets { parts.formUnion(rows.parts) }
        let device = IndexBindings(
            Dictionary(uniqueKeysWithValues: parts.map { ($0, model.index[$0]?.width == .counted ? Self.mac : [1]) })
        )
        // What is looked up for each outlet, or is a part of its row, differs from outlet to outlet.
        let table = OutletTable(
            Dictionary(
                uniqueKeysWithValues: (1...Self.outlets).compactMap { OutletNumber($0) }.map { number in
                    var bindings = device
                    for part in parts.union(["outlet"]) where !model.isOfTheDevice(part) {
                        bindings[part] = [UInt32(number.rawValue)]
                    }
                    return (number, bindings)
                }
            )
        )
        var memory = DeviceMemory()
        for measurement in model.deviceMeasurements.values.joined() where measurement.rows != nil {
            guard let column = measurement.object.oid(device) else { continue }
            memory.columns[column] = (1...3).map { column.appending($0) }
        }
        func plan() -> ReadPlan {
            PollPlan.plan(model: model, memory: memory, device: device, table: table, listed: []).plan
        }
        // Scales that do not change are asked for once.
        let first = plan()
        memory.factors = first.constantFactors(
            ObjectReader.Answers(first.objects, all: DeviceValue(.integer(1)))
        )
        let objects = plan().objects
        let size = model.limits.varBinds
        let chunks = stride(from: 0, to: objects.count, by: size).map { objects[$0...].prefix(size) }
        requests = chunks.count
        largestAnswer = chunks.map { $0.map(Self.size).reduce(0, +) }.max() ?? 0
    }

    /// A text as an index: its length and its characters.
    private static let mac: [UInt32] = [17] + "00:0E:D3:AA:BB:CC".utf8.map { UInt32($0) }

    /// The octets of a variable binding with a number of four octets (X.690).
    private static func size(_ oid: OID) -> Int {
        let arcs = oid.arcs.dropFirst(2).map { arc in arc < 128 ? 1 : arc < 16_384 ? 2 : arc < 2_097_152 ? 3 : 5 }
        return 2 + 2 + 1 + arcs.reduce(0, +) + 2 + 4
    }
}

extension PDUModel {
    fileprivate func isOfTheDevice(_ part: String) -> Bool {
        guard let source = index[part]?.source else { return false }
        switch source {
        case .standard, .captured, .given: return true
        case .lookedUp(let lookup): return !lookup.isPerOutlet
        }
    }
}

extension OutletRows {
    fileprivate var parts: [String] {
        index.compactMap { arc in
            if case .part(let name) = arc { name } else { nil }
        }
    }
}
