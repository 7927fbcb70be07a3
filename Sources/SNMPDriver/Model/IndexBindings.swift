/// What the parts of an index stand for: usually one arc, several where an index part is a text.
struct IndexBindings: Sendable, Hashable {
    private var arcs: [String: [UInt32]] = [:]

    init(_ arcs: [String: [UInt32]] = [:]) {
        self.arcs = arcs
    }

    subscript(part: String) -> [UInt32]? {
        get { arcs[part] }
        set { arcs[part] = newValue }
    }

    /// These bindings with the other ones laid over them.
    func overlaid(by other: IndexBindings) -> IndexBindings {
        IndexBindings(arcs.merging(other.arcs) { $1 })
    }
}

extension IndexBindings: CustomStringConvertible {
    /// As `pdu 1, row 1.2`, by name.
    var description: String {
        arcs.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value.map(String.init).joined(separator: "."))" }
            .joined(separator: ", ")
    }
}
