internal import Yams

extension ModelFileParser {
    /// An object identifier whose places are index parts with a value there.
    func template(_ node: Node, _ key: String, _ scope: Reach) -> OIDTemplate? {
        guard let text = node.scalar?.string, !text.isEmpty else {
            reader.report("has to be an object identifier such as 1.3.6.1.4.1.318", at: node, key)
            return nil
        }
        let template: OIDTemplate
        do {
            template = try OIDTemplate(text)
        } catch {
            reader.report("\"\(text)\" is no object identifier: \(error.reason)", at: node, key)
            return nil
        }
        for part in template.parts.sorted() {
            switch reach[part] {
            case nil:
                reader.report("(\(part)) is not a part of the index; name it under index", at: node, key)
                return nil
            case .outlet where scope == .device:
                reader.report(
                    "(\(part)) differs from outlet to outlet, and this is for the whole device",
                    at: node,
                    key
                )
                return nil
            default: continue
            }
        }
        return template
    }

    /// An object with a text: its identifier, or a mapping where the text is one of several in it.
    func textObject(_ node: Node, _ key: String, _ scope: Reach) -> TextObject? {
        guard node.mapping != nil else {
            return template(node, key, scope).map { TextObject(object: $0, packed: nil) }
        }
        let section = reader.section(node, key, keys: ["oid", "packed"])
        let object = section.required("oid") { template($0, $1, scope) }
        let packed = section.optional("packed", packedList)
        return object.map { TextObject(object: $0, packed: packed) }
    }

    /// `{ separator: ",", element: outlet }`.
    func packedList(_ node: Node, _ key: String) -> PackedList? {
        let section = reader.section(node, key, keys: ["separator", "element"])
        let separator = section.required("separator") { node, key -> Character? in
            guard let text = node.scalar?.string, text.count == 1, let character = text.first else {
                reader.report("has to be one character", at: node, key)
                return nil
            }
            return character
        }
        let position = section.required("element") { node, key -> PackedList.Position? in
            if node.scalar?.string == "outlet" { return .outlet }
            guard let text = node.scalar?.string, let place = Int(text), (1...999).contains(place) else {
                reader.report("has to be the word outlet, or the place of an element from 1", at: node, key)
                return nil
            }
            return .fixed(place)
        }
        guard let separator, let position else { return nil }
        return PackedList(separator: separator, position: position)
    }

    /// A value with the object it is written to; either may come from the section above it.
    func write(
        _ node: Node,
        _ key: String,
        object common: OIDTemplate?,
        type standard: WireType,
        extraKeys: [String] = []
    ) -> ObjectWrite? {
        var object = common
        var type = standard
        var valueNode: Node? = node
        var valueKey = key
        if node.mapping != nil {
            let section = reader.section(node, key, keys: ["oid", "value", "type"] + extraKeys)
            if let own = section.values["oid"] {
                guard let template = template(own, section.path("oid"), .outlet) else { return nil }
                object = template
            }
            type = section.optional("type") { reader.choice($0, $1, WireType.self) } ?? standard
            valueNode = section.required("value") { node, _ in node }
            valueKey = section.path("value")
        }
        guard let valueNode, let value = writeValue(valueNode, valueKey, type) else { return nil }
        guard let object else {
            reader.report("oid is missing: give one here, or one for all actions beside them", at: node, key)
            return nil
        }
        return ObjectWrite(object: object, type: type, value: value)
    }

    private func writeValue(_ node: Node, _ key: String, _ type: WireType) -> ModelValue? {
        guard let value = reader.value(node, key) else { return nil }
        switch (type, value) {
        case (.integer, .integer(let number)) where Int32(exactly: number) != nil: return value
        case (.unsigned, .integer(let number)) where UInt32(exactly: number) != nil: return value
        case (.octets, .text): return value
        case (.integer, _): reader.report("has to be a number from \(Int32.min) to \(Int32.max)", at: node, key)
        case (.unsigned, _): reader.report("has to be a number from 0 to \(UInt32.max)", at: node, key)
        case (.octets, _): reader.report("is for type octets and has to be a text in quotes", at: node, key)
        }
        return nil
    }
}
