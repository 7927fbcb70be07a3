internal import Power
internal import Yams

extension ModelFileParser {
    /// Makes the parts of rows known, which stand behind the index in a file and may be used in it.
    mutating func learnRowParts(_ top: ModelSection) {
        guard let index = top.values["outlets"]?.mapping?["rows"]?.mapping?["index"] else { return }
        for name in reader.elements(index).compactMap({ $0.scalar?.string }) where IndexExpression.isName(name) {
            reach[name] = .outlet
        }
    }

    /// The parts of the index, by name.
    mutating func indexParts(_ node: Node, _ key: String) -> [String: IndexPart] {
        var parts: [String: IndexPart] = [:]
        let pairs = reader.pairs(node, key)
        // A part that is found by looking it up may use the others, wherever they stand.
        for isLookup in [false, true] {
            for (name, value) in pairs where (value.mapping?["find"] != nil) == isLookup {
                let path = "\(key).\(name)"
                guard IndexExpression.isName(name), name != "outlet" else {
                    reader.report("has to be a name of a-z and _ other than outlet", at: value, path)
                    continue
                }
                guard let part = indexPart(value, path) else { continue }
                parts[name] = part
                if case .lookedUp(let lookup) = part.source, lookup.isPerOutlet {
                    reach[name] = .outlet
                } else if reach[name] == nil {
                    reach[name] = .device
                }
            }
        }
        return parts
    }

    private func indexPart(_ node: Node, _ key: String) -> IndexPart? {
        let section = reader.section(node, key, keys: ["default", "captured", "one_of", "length", "find"])
        guard section.isMapping else { return nil }
        var part = IndexPart()
        if let node = section.values["length"] {
            if node.scalar?.string == "counted" {
                part.width = .counted
            } else if let count = reader.integer(node, section.path("length"), 1...32) {
                part.width = .arcs(count)
            }
        }
        var sources: [IndexPart.Source] = []
        if let value = section.optional("default", { reader.integer($0, $1, 0...Int(UInt32.max)) }) {
            sources.append(.standard(UInt32(value)))
        }
        let oneOf = section.list("one_of") { reader.integer($0, $1, 0...Int(UInt32.max)) }.map { UInt32($0) }
        if section.optional("captured", reader.flag) == true {
            sources.append(.captured(oneOf: oneOf))
        } else if let node = section.values["one_of"] {
            reader.report("is for parts with captured: true", at: node, section.path("one_of"))
        }
        if let lookup = section.optional("find", lookup) { sources.append(.lookedUp(lookup)) }
        if sources.count > 1 {
            reader.report("default, captured and find exclude each other", at: node, key)
        }
        if let source = sources.first { part.source = source }
        return part
    }

    private func lookup(_ node: Node, _ key: String) -> IndexLookup? {
        let section = reader.section(node, key, keys: ["column", "name", "same_as"])
        let column = section.required("column") { template($0, $1, .device) }
        let patterns = section.list("name", reader.text).map { NamePattern($0) }
        let same = section.optional("same_as") { template($0, $1, .outlet) }
        guard section.isMapping else { return nil }
        guard patterns.isEmpty != (same == nil) else {
            reader.report("needs either name or same_as", at: node, key)
            return nil
        }
        if let same { return column.map { IndexLookup(column: $0, wanted: .sameAs(same)) } }
        guard patterns.allSatisfy({ $0.findsNumber == patterns.first?.findsNumber }) else {
            reader.report("name has to have (outlet) in every pattern, or in none", at: node, key)
            return nil
        }
        return column.map { IndexLookup(column: $0, wanted: .patterns(patterns)) }
    }

    /// Where the outlets come from; the parts of a row become known by it.
    mutating func outletSource(_ node: Node, _ key: String) -> OutletSource? {
        if node.scalar?.string == "configured" { return .configured }
        let section = reader.section(node, key, keys: ["count", "rows", "elements", "found_by"])
        guard section.isMapping else { return nil }
        guard section.values.count == 1 else {
            reader.report("needs one of count, rows, elements or found_by, or the word configured", at: node, key)
            return nil
        }
        if section.values["count"] != nil {
            return section.optional("count") { template($0, $1, .device) }.map { .count($0) }
        }
        if let rows = section.values["rows"] { return outletRows(rows, section.path("rows")).map { .rows($0) } }
        if section.values["elements"] != nil {
            let source = section.optional("elements") { textObject($0, $1, .device) }
            guard let source else { return nil }
            guard let list = source.packed else {
                reader.report("needs oid and packed", at: node, section.path("elements"))
                return nil
            }
            return .elements(of: source.object, list: list)
        }
        return section.optional("found_by", reader.text).map { .lookedUp(part: $0) }
    }

    private mutating func outletRows(_ node: Node, _ key: String) -> OutletRows? {
        let section = reader.section(node, key, keys: ["column", "index", "number", "where", "highest"])
        let column = section.required("column") { template($0, $1, .device) }
        var names: [String] = []
        let index = section.list("index") { node, key -> OutletRows.Arc? in
            guard let text = node.scalar?.string else { return nil }
            if let literal = UInt32(text) { return .literal(literal) }
            guard IndexExpression.isName(text), !names.contains(text) else {
                reader.report("\"\(text)\" has to be a number, or a name of a-z and _ used once", at: node, key)
                return nil
            }
            names.append(text)
            return .part(text)
        }
        for name in names { reach[name] = .outlet }
        guard section.isMapping else { return nil }
        guard !names.isEmpty else {
            reader.report("index has to name the parts of a row, as [tower, infeed, row]", at: node, key)
            return nil
        }
        if !names.contains("outlet") { reach["outlet"] = nil }
        let numbering = section.values["number"].map { self.numbering($0, section.path("number")) }
        let condition = section.optional("where", condition)
        reach["outlet"] = .outlet
        let isNumbered = names.contains("outlet")
        if isNumbered == (numbering != nil) {
            reader.report("needs either outlet in index, or number", at: node, key)
        }
        let standard = IndexExpression("outlet").map { OutletRows.Numbering.expression($0) }
        guard let column, let numbering = isNumbered ? standard : numbering ?? nil else { return nil }
        let highest = section.optional("highest") { reader.integer($0, $1, 1...OutletNumber.maximum) }
        return OutletRows(
            column: column,
            index: index,
            numbering: numbering,
            condition: condition,
            highest: highest ?? OutletNumber.maximum
        )
    }

    private func numbering(_ node: Node, _ key: String) -> OutletRows.Numbering? {
        if node.mapping != nil {
            let section = reader.section(node, key, keys: ["oid"])
            return section.required("oid") { template($0, $1, .outlet) }.map { .column($0) }
        }
        if node.scalar?.string == "in_order" { return .inOrder }
        guard let text = node.scalar?.string, let expression = IndexExpression(text),
            expression.parts.allSatisfy({ reach[$0] != nil })
        else {
            reader.report("has to be in_order, a part of the index such as row or row+1, or { oid: … }", at: node, key)
            return nil
        }
        return .expression(expression)
    }

    private func condition(_ node: Node, _ key: String) -> OutletRows.Condition? {
        let section = reader.section(node, key, keys: ["oid", "is"])
        let object = section.required("oid") { template($0, $1, .outlet) }
        let values = section.list("is", reader.value)
        guard section.isMapping else { return nil }
        guard !values.isEmpty else {
            reader.report("is needs at least one value", at: node, key)
            return nil
        }
        return object.map { OutletRows.Condition(object: $0, values: values) }
    }

    /// What can only be said when both the index and the outlets are known.
    func checkLookups(_ index: [String: IndexPart], outlets: OutletSource?, in top: ModelSection) {
        guard case .lookedUp(let part) = outlets, let node = top.values["outlets"] else { return }
        if case .lookedUp(let lookup) = index[part]?.source, case .patterns = lookup.wanted, lookup.isPerOutlet {
            return
        }
        reader.report(
            "\(part) has to be an index part with a find whose name has (outlet) in it",
            at: node,
            "outlets.found_by"
        )
    }
}
