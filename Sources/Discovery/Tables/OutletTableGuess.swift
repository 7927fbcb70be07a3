internal import Power
internal import SNMPClient

/// A table of a device of no known model that may be its outlets: a guess from what it holds, never more.
public struct OutletTableGuess: Sendable, Equatable, Encodable {
    /// A column of few different small whole numbers, which may be states or orders.
    public struct Column: Sendable, Equatable, Encodable {
        /// The column, without the row's number; with `(outlet)` for it where something follows.
        public var oid: String
        /// Its values, row by row.
        public var values: [Int]

        /// How many different values there are.
        var kinds: Int { Set(values).count }
    }

    /// The numbers of its rows.
    public var rows: [Int]
    /// The column of names.
    public var nameOID: String
    /// The names, row by row.
    public var names: [String]
    /// The columns that may be states or orders, the likeliest first.
    public var columns: [Column]
    /// Whether the names stand in the same table as the numbers.
    public var isOneTable: Bool
    /// The entry for `pdus:` to try after it was compared with the vendor's documents; nothing where bare object
    /// identifiers cannot describe the table.
    public var entry: String?

    /// How likely it is that these are outlets; only to put several guesses in order.
    var score: Int {
        var score = isOneTable ? 3 : 0
        if let best = columns.first {
            if best.kinds == 2 { score += 4 }
            if best.values.allSatisfy({ (0...2).contains($0) }) { score += 2 }
        }
        let words = ["outlet", "socket", "plug", "relay", "output", "port"]
        if names.contains(where: { name in words.contains { name.lowercased().contains($0) } }) { score += 2 }
        // Rows that are counted from 1 without a hole.
        if rows == Array(1...max(1, rows.count)) { score += 1 }
        return score
    }

    /// What the values of a column may mean: the usual order is on before off, unless there is a 0.
    static func meaning(of values: [Int]) -> (on: Int, off: Int) {
        let kinds = Set(values).filter { $0 >= 0 }.sorted()
        switch kinds.count {
        case 0: return (1, 0)
        case 1: return kinds[0] == 0 ? (1, 0) : kinds[0] == 1 ? (1, 2) : (2, 1)
        default: return kinds[0] == 0 ? (kinds[1], 0) : (kinds[0], kinds[1])
        }
    }
}

extension OutletTableGuess {
    private static let mostGuesses = 3
    private static let mostColumns = 4

    /// The tables among a device's objects that look like outlets, the likeliest first.
    ///
    /// A table looks like outlets when it has 2 to 64 rows, a column of few different small whole numbers, and a column
    /// of texts like names, in the same table or in one with the same rows.
    static func find(in objects: [VarBind]) -> [OutletTableGuess] {
        let runs = ObjectRun.find(in: objects)
        let named = runs.compactMap { run in run.names.map { (run: run, names: $0) } }
        let numbered = runs.compactMap { run in run.smallNumbers.map { (run: run, values: $0) } }
        var guesses: [OutletTableGuess] = []
        var used: Set<[UInt32]> = []
        for isOneTable in [true, false] {
            for (run, names) in named {
                let columns = numbered.filter { other in
                    !used.contains(other.run.head) && other.run.numbers == run.numbers && other.run.tail == run.tail
                        && (isOneTable ? run.isBeside(other.run) : Set(other.values).count == 2)
                }
                guard !columns.isEmpty else { continue }
                used.formUnion(columns.map(\.run.head))
                let best =
                    columns.map { Column(oid: $0.run.identifier, values: $0.values) }
                    .enumerated().sorted { left, right in
                        let ranks = (left.element.rank, right.element.rank)
                        return ranks.0 == ranks.1 ? left.offset < right.offset : ranks.0 > ranks.1
                    }
                    .prefix(mostColumns).map(\.element)
                guesses.append(
                    OutletTableGuess(
                        rows: run.numbers.map { Int($0) },
                        nameOID: run.identifier,
                        names: names,
                        columns: best,
                        isOneTable: isOneTable
                    )
                )
            }
        }
        let ordered = guesses.enumerated().sorted { left, right in
            let scores = (left.element.score, right.element.score)
            return scores.0 == scores.1 ? left.offset < right.offset : scores.0 > scores.1
        }
        return ordered.prefix(mostGuesses).map(\.element)
    }
}

extension OutletTableGuess.Column {
    /// What tells states: two different values are better than one, one better than many, and small ones than others.
    fileprivate var rank: Int {
        (kinds == 2 ? 4 : kinds == 1 ? 2 : 0) + (values.allSatisfy { (0...2).contains($0) } ? 1 : 0)
    }
}

extension ObjectRun {
    /// The identifier as it stands in a configuration: without the row's number where that is the last arc.
    fileprivate var identifier: String {
        tail.isEmpty ? head.map { "\($0)" }.joined(separator: ".") : template
    }

    /// Whether another run is a column of the same table: the identifiers differ in one arc behind the enterprise.
    fileprivate func isBeside(_ other: ObjectRun) -> Bool {
        guard head.count == other.head.count else { return false }
        let different = head.indices.filter { head[$0] != other.head[$0] }
        return different.count == 1 && different[0] > 6
    }
}

extension OutletTableGuess: CustomStringConvertible {
    /// The table for people, with the entry to try.
    public var description: String {
        var lines = ["  rows \(Self.list(rows)), names in \(nameOID): \(Self.list(names.map { "\"\($0)\"" }))"]
        for column in columns { lines.append("  \(column.oid): \(Self.list(column.values))") }
        return lines.joined(separator: "\n")
    }

    /// A list that does not grow beyond a line or two.
    private static func list(_ items: [some CustomStringConvertible]) -> String {
        let shown = items.prefix(16).map(\.description).joined(separator: ", ")
        return items.count > 16 ? "\(shown) … (\(items.count))" : shown
    }

    /// Adds the entry to try, where bare object identifiers can describe the table.
    mutating func addEntry(host: String, _ target: SNMPTarget, _ places: SecretPlaces) {
        guard let column = columns.first, !column.oid.contains("("), rows.allSatisfy({ OutletNumber($0) != nil }) else {
            return
        }
        let (on, off) = Self.meaning(of: column.values)
        var entry = ConfigurationEntry(host: host, prefix: "guess")
        entry.add("oid", column.oid, comment: "a guess: it may be read-only, or no switch at all")
        entry.add("on", "\(on)", comment: "a guess: it may be the other way round")
        entry.add("off", "\(off)")
        if target.port != 161 { entry.add("port", "\(target.port)") }
        entry.add("version", target.credentials.versionName)
        entry.add(target.credentials, places)
        let outlets = zip(rows, names).map { DeviceReport.Outlet(number: $0, name: $1.isEmpty ? nil : $1) }
        entry.add(outlets: outlets, all: true)
        self.entry = entry.text(driver: "snmp")
    }
}
