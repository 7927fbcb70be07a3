/// All objects of a device with a number of outlets, in the order of a walk.
struct SimulatedTable: Sendable {
    struct Entry: Sendable {
        let oid: SimulatedOID
        let object: SimulatedObject
        /// The outlet it is about; nothing when it is about the whole device.
        let outlet: Int?
    }

    let entries: [Entry]

    init(model: SimulatedModel, outlets: Int) {
        var entries: [SimulatedOID: Entry] = [:]
        for object in model.objects {
            let numbers: [Int?] = object.id.isPerOutlet ? Array(1...max(1, outlets)) : [nil]
            for outlet in numbers {
                let row = outlet.flatMap { outlet in
                    model.rows.flatMap { $0.indices.contains(outlet - 1) ? $0[outlet - 1] : nil }
                }
                guard let oid = object.id.oid(outlet: outlet ?? 0, row: row) else { continue }
                entries[oid] = Entry(oid: oid, object: object, outlet: outlet)
            }
        }
        self.entries = entries.values.sorted { $0.oid < $1.oid }
    }

    func entry(_ oid: SimulatedOID) -> Entry? {
        let index = firstIndex { $0.oid >= oid }
        return index < entries.count && entries[index].oid == oid ? entries[index] : nil
    }

    func entry(after oid: SimulatedOID) -> Entry? {
        let index = firstIndex { $0.oid > oid }
        return index < entries.count ? entries[index] : nil
    }

    /// The subtrees that hold all objects and nothing of the standard ones: two arcs below `enterprises` each.
    var roots: [SimulatedOID] {
        Set(entries.compactMap { SimulatedOID(Array($0.oid.arcs.prefix(8))) }).sorted()
    }

    private func firstIndex(where isPast: (Entry) -> Bool) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if isPast(entries[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
