internal import Yams

/// A mapping in a model file.
struct ModelSection {
    let reader: ModelFileReader
    let node: Node
    /// The keys above and of the mapping.
    let key: String
    let values: [String: Node]
    /// Whether it was a mapping at all; otherwise that has been reported and nothing more should be.
    let isMapping: Bool

    /// The full name of one of its keys.
    func path(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }

    /// A value that may be missing, read by `read`.
    func optional<Value>(_ name: String, _ read: (Node, String) -> Value?) -> Value? {
        values[name].flatMap { read($0, path(name)) }
    }

    /// A value that has to be there; its absence is reported.
    func required<Value>(_ name: String, _ read: (Node, String) -> Value?) -> Value? {
        guard let node = values[name] else {
            if isMapping { reader.report("\(name) is missing", at: self.node, key) }
            return nil
        }
        return read(node, path(name))
    }

    /// The values of a list that may be missing; a single value counts as a list of one.
    func list<Value>(_ name: String, _ read: (Node, String) -> Value?) -> [Value] {
        guard let node = values[name] else { return [] }
        return reader.elements(node).compactMap { read($0, path(name)) }
    }
}
