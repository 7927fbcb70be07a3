internal import SNMPClient

/// Takes the index apart that follows a column in the name of an instance.
enum IndexSuffix {
    /// The whole suffix as one part; nothing when it is of another width.
    static func single(_ oid: OID, below column: OID, width: IndexPart.Width) -> [UInt32]? {
        guard oid.starts(with: column) else { return nil }
        var suffix = oid.arcs.dropFirst(column.arcs.count)
        guard let part = take(width, from: &suffix), suffix.isEmpty else { return nil }
        return part
    }

    /// The parts of a row's index; nothing when the suffix is of another shape.
    static func bindings(
        _ oid: OID,
        below column: OID,
        index: [OutletRows.Arc],
        widths: [String: IndexPart.Width]
    ) -> IndexBindings? {
        guard oid.starts(with: column) else { return nil }
        var suffix = oid.arcs.dropFirst(column.arcs.count)
        var bindings = IndexBindings()
        for arc in index {
            switch arc {
            case .literal(let expected):
                guard suffix.popFirst() == expected else { return nil }
            case .part(let name):
                guard let part = take(widths[name] ?? .arcs(1), from: &suffix) else { return nil }
                bindings[name] = part
            }
        }
        return suffix.isEmpty ? bindings : nil
    }

    private static func take(_ width: IndexPart.Width, from suffix: inout ArraySlice<UInt32>) -> [UInt32]? {
        let count: Int
        switch width {
        case .arcs(let number): count = number
        case .counted:
            guard let length = suffix.first, length <= 127 else { return nil }
            count = Int(length) + 1
        }
        guard suffix.count >= count else { return nil }
        defer { suffix = suffix.dropFirst(count) }
        return Array(suffix.prefix(count))
    }
}
