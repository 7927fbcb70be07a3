internal import Yams

extension ModelFileParser {
    /// What the values of the state object mean.
    func stateMap(_ node: Node, _ key: String) -> StateMap? {
        let keys = ["oid", "packed", "on", "off", "pending", "other", "missing", "pending_flag"]
        let section = reader.section(node, key, keys: keys)
        guard section.isMapping else { return nil }
        let object = section.required("oid") { template($0, $1, .outlet) }
        let on = section.list("on", reader.value)
        let off = section.list("off", reader.value)
        let pending = section.list("pending", reader.value)
        let missing = section.list("missing", reader.value)
        let other = section.optional("other", otherStates) ?? [:]
        for (name, values) in [("on", on), ("off", off)] where values.isEmpty {
            reader.report("\(name) is missing", at: section.values[name] ?? node, key)
        }
        var seen: Set<ModelValue> = []
        for value in on + off + pending + missing + other.keys where !seen.insert(value).inserted {
            reader.report("the value \(value) has two meanings", at: node, key)
        }
        guard let object else { return nil }
        return StateMap(
            object: object,
            packed: section.optional("packed", packedList),
            on: on,
            off: off,
            pending: pending,
            other: other,
            missing: missing,
            pendingFlag: section.optional("pending_flag", pendingFlag)
        )
    }

    private func otherStates(_ node: Node, _ key: String) -> [ModelValue: String]? {
        var states: [ModelValue: String] = [:]
        for (name, value) in reader.pairs(node, key) {
            guard let words = reader.text(value, "\(key).\(name)") else { continue }
            states[Int(name).map { .integer($0) } ?? .text(name)] = words
        }
        return states
    }

    private func pendingFlag(_ node: Node, _ key: String) -> PendingFlag? {
        let section = reader.section(node, key, keys: ["oid", "is"])
        let object = section.required("oid") { template($0, $1, .outlet) }
        let values = section.list("is", reader.value)
        guard section.isMapping else { return nil }
        if values.isEmpty { reader.report("is needs at least one value", at: node, key) }
        return object.map { PendingFlag(object: $0, values: values) }
    }
}
