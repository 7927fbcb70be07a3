/// The keys of one section.
struct KeyTable: Sendable {
    /// What the documentation calls it.
    let name: String
    let entries: [KeyEntry]
    let names: Set<String>
    /// Keys that somebody may try, with what to do in place of it.
    let refusals: [String: String]

    init(_ name: String, _ entries: [KeyEntry], refusals: [String: String] = [:]) {
        self.name = name
        self.entries = entries
        self.names = Set(entries.map(\.name))
        self.refusals = refusals
    }
}
