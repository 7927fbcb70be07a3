@testable import AgentConfiguration

/// A key table where it stands in a file.
struct DocumentedTable {
    /// What its place in the documentation is marked with.
    var mark: String
    /// What stands before its keys in a path, as `pdus[].outlets.<number>`.
    var prefix: String
    /// The driver that its keys belong to, as far as they do.
    var driver: String?
    var entries: [KeyEntry]

    /// Every table, each once, in the order of the parser.
    static let all: [DocumentedTable] = {
        var tables: [DocumentedTable] = []
        add(DocumentedTable(mark: "root", prefix: "", entries: RootKeys.table.entries), to: &tables)
        return tables
    }()

    private static func add(_ table: DocumentedTable, to tables: inout [DocumentedTable]) {
        guard !tables.contains(where: { $0.mark == table.mark }) else { return }
        tables.append(table)
        for entry in table.entries { descend(entry.kind, table.path(of: entry), table.driver, &tables) }
    }

    private static func descend(
        _ kind: ValueKind,
        _ path: String,
        _ driver: String?,
        _ tables: inout [DocumentedTable]
    ) {
        switch kind {
        case .section(let table):
            add(DocumentedTable(mark: table.name, prefix: path, driver: driver, entries: table.entries), to: &tables)
        case .map(let keys, _, let element): descend(element, "\(path).<\(keys)>", driver, &tables)
        case .list(let element): descend(element, "\(path)[]", driver, &tables)
        case .oneOrMore(let element): descend(element, path, driver, &tables)
        case .variants(let common, _, let variants):
            add(DocumentedTable(mark: common.name, prefix: path, entries: common.entries), to: &tables)
            for (word, table) in variants {
                add(
                    DocumentedTable(mark: table.name, prefix: path, driver: word, entries: table.entries),
                    to: &tables
                )
            }
        default: break
        }
    }

    func path(of entry: KeyEntry) -> String { prefix.isEmpty ? entry.name : "\(prefix).\(entry.name)" }

    /// A file with nothing but this key and what is round it.
    func text(_ entry: KeyEntry, value: String) -> String {
        var text = "{ \(entry.name): \(value) }"
        for component in prefix.split(separator: ".").reversed() {
            switch component {
            case "<name>": text = "{ x: \(text) }"
            case "<number>": text = "{ 1: \(text) }"
            case _ where component.hasSuffix("[]"):
                let isPDU = entry.name != "driver" || text.contains("outlets")
                let word = isPDU ? "driver: \(driver ?? "snmp"), " : ""
                text = "{ \(component.dropLast(2)): [{ \(word)\(text.dropFirst(2))] }"
            default: text = "{ \(component): \(text) }"
            }
        }
        return text
    }

    /// The path of the key in `text(_:value:)`, as issues name it.
    func reportedPath(of entry: KeyEntry) -> String {
        path(of: entry).replacing("[]", with: "[0]").replacing("<name>", with: "x").replacing("<number>", with: "1")
    }
}
