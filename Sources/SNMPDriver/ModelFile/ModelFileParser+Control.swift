internal import Yams

extension ModelFileParser {
    private static let controlKeys =
        ["type", "oid", "before", "after", "packed", "together"] + OutletAction.allCases.map(\.rawValue)

    /// How an outlet is switched.
    func control(_ node: Node, _ key: String) -> OutletControl? {
        let section = reader.section(node, key, keys: Self.controlKeys)
        guard section.isMapping else { return nil }
        let type = section.optional("type") { reader.choice($0, $1, WireType.self) } ?? .integer
        let object = section.optional("oid") { template($0, $1, .outlet) }
        // One wrong identifier is one problem, not one more for every action.
        let isObjectBroken = section.values["oid"] != nil && object == nil
        var actions: [OutletAction: [ObjectWrite]] = [:]
        for action in OutletAction.allCases where !isObjectBroken {
            let writes = section.list(action.rawValue) { write($0, $1, object: object, type: type) }
            if !writes.isEmpty { actions[action] = writes }
        }
        for name in ["on", "off"] where section.values[name] == nil {
            reader.report("\(name) is missing", at: node, key)
        }
        let before = steps(section, "before", type)
        let packed = section.optional("packed", packedList)
        if section.values["packed"] != nil, type != .octets {
            reader.report("packed is for type: octets", at: section.values["packed"], section.path("packed"))
        }
        if packed != nil, actions.values.contains(where: { $0.count > 1 }) {
            reader.report("with packed an action has one value", at: node, key)
        }
        return OutletControl(
            actions: actions,
            before: before.map(\.write),
            unlockExpires: before.contains(where: \.expires),
            after: steps(section, "after", type).map(\.write),
            packed: packed,
            together: section.optional("together") { together($0, $1, object, type) }
        )
    }

    private func steps(
        _ section: ModelSection,
        _ name: String,
        _ type: WireType
    ) -> [(write: ObjectWrite, expires: Bool)] {
        section.list(name) { node, key in
            guard node.mapping != nil else {
                reader.report("has to be a mapping with oid, value and type, or a list of such", at: node, key)
                return nil
            }
            let extra = name == "before" ? ["expires"] : []
            let write = write(node, key, object: nil, type: type, extraKeys: extra)
            let expires = node.mapping?["expires"].flatMap { reader.flag($0, "\(key).expires") }
            return write.map { ($0, expires ?? false) }
        }
    }

    private func together(
        _ node: Node,
        _ key: String,
        _ object: OIDTemplate?,
        _ type: WireType
    ) -> OutletControl.Together? {
        guard node.mapping != nil else {
            if node.scalar?.string == "one_request" { return .oneRequest }
            reader.report("has to be one_request, or a queue with on, off, before and after", at: node, key)
            return nil
        }
        let section = reader.section(node, key, keys: ["on", "off", "before", "after"])
        func queued(_ name: String) -> ObjectWrite? {
            section.required(name) { write($0, $1, object: object, type: type) }
        }
        let on = queued("on")
        let off = queued("off")
        let after = steps(section, "after", type).map(\.write)
        if after.isEmpty { reader.report("after is missing: the writes that carry the queue out", at: node, key) }
        guard let on, let off else { return nil }
        let before = steps(section, "before", type).map(\.write)
        return .queue(OutletControl.Queue(on: on, off: off, before: before, after: after))
    }
}
