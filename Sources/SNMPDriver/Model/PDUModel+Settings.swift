extension PDUModel {
    /// What a configuration of this model lacks or has too much.
    ///
    /// - Parameters:
    ///   - index: the index parts that it sets.
    ///   - listsOutlets: whether it lists its outlets.
    /// - Returns: sentences for people; none when all is well.
    public func problems(index given: [String: IndexValue], listsOutlets: Bool) -> [String] {
        var problems: [String] = []
        let known = indexNames
        for name in given.keys.sorted() where !known.contains(name) {
            let choice = known.isEmpty ? "it has none" : "it has \(known.sorted().joined(separator: ", "))"
            problems.append("model \(id) has no index part \(name): \(choice)")
        }
        for (name, value) in given.sorted(by: { $0.key < $1.key }) where known.contains(name) {
            let width = index[name]?.width ?? .arcs(1)
            guard value.arcs(width) == nil else { continue }
            let kind =
                switch width {
                case .arcs(1): "a number"
                case .arcs(let count): "a text of \(count) characters"
                case .counted: "a text of 1 to 127 characters"
                }
            problems.append("model \(id) takes \(kind) as index part \(name)")
        }
        for (name, part) in index.sorted(by: { $0.key < $1.key }) where given[name] == nil && part.source == .given {
            if !rowParts.contains(name) { problems.append("model \(id) needs the index part \(name)") }
        }
        if outlets == .configured, !listsOutlets {
            problems.append("model \(id) cannot ask the device for its outlets: list them under outlets")
        }
        return problems
    }

    /// The index parts that a configuration may set: all but those that are looked up for each outlet.
    var indexNames: Set<String> {
        let declared = index.filter { _, part in
            if case .lookedUp(let lookup) = part.source { !lookup.isPerOutlet } else { true }
        }
        return rowParts.union(declared.keys).subtracting(["outlet"])
    }

    private var rowParts: Set<String> {
        guard case .rows(let rows) = outlets else { return [] }
        return Set(
            rows.index.compactMap { arc in
                if case .part(let name) = arc { name } else { nil }
            }
        )
    }
}
