internal import SNMPClient

/// Objects whose identifiers differ in one number alone, the row: a column of a table, or a part of one.
struct ObjectRun: Equatable {
    /// The arcs before the row's number.
    let head: [UInt32]
    /// The arcs after it: none, or a 0 where every row is an object of its own.
    let tail: [UInt32]
    /// The rows in ascending order of their numbers.
    private(set) var rows: [(number: UInt32, value: SNMPValue)] = []

    /// A table of outlets has so many rows.
    static let outletCounts = 2...64

    var numbers: [UInt32] { rows.map(\.number) }

    /// The columns among objects, without those that have too few or too many rows for outlets.
    static func find(in objects: [VarBind]) -> [ObjectRun] {
        var runs: [[UInt32]: ObjectRun] = [:]
        func add(_ head: ArraySlice<UInt32>, _ tail: [UInt32], _ number: UInt32, _ value: SNMPValue) {
            // Heads of the two kinds cannot meet: one kind is kept apart by an arc that no object has in front.
            let key = (tail.isEmpty ? [0] : [1]) + head
            runs[key, default: ObjectRun(head: Array(head), tail: tail)].rows.append((number, value))
        }
        for object in objects {
            let arcs = object.oid.arcs
            guard let last = arcs.last, arcs.count > 8 else { continue }
            add(arcs.dropLast(), [], last, object.value)
            if last == 0 { add(arcs.dropLast(2), [0], arcs[arcs.count - 2], object.value) }
        }
        return runs.values.filter { outletCounts.contains($0.rows.count) }
            .map { run in
                var run = run
                run.rows.sort { $0.number < $1.number }
                return run
            }
            .filter { run in zip(run.rows, run.rows.dropFirst()).allSatisfy { $0.number < $1.number } }
            .sorted { $0.head.lexicographicallyPrecedes($1.head) }
    }

    static func == (left: ObjectRun, right: ObjectRun) -> Bool {
        left.head == right.head && left.tail == right.tail && left.numbers == right.numbers
            && left.rows.map(\.value) == right.rows.map(\.value)
    }

    /// The values of a column that may hold states or orders: few different small whole numbers.
    var smallNumbers: [Int]? {
        var numbers: [Int] = []
        for row in rows {
            let number: Int
            switch row.value {
            case .integer(let value): number = Int(value)
            case .unsigned(let value): number = Int(clamping: value)
            default: return nil
            }
            guard (-2...16).contains(number) else { return nil }
            numbers.append(number)
        }
        let kinds = Set(numbers).count
        // A column that counts its own rows is an index.
        guard kinds <= 4, kinds == 1 || numbers != self.numbers.map({ Int($0) }) else { return nil }
        return numbers
    }

    /// The texts of a column that may hold names.
    var names: [String]? {
        var names: [String] = []
        for row in rows {
            guard case .octets(let bytes) = row.value, bytes.count <= 64 else { return nil }
            // Some devices end their texts with a NUL.
            let text = bytes.prefix { $0 != 0 }
            guard text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let name = String(validating: text, as: UTF8.self)
            else { return nil }
            names.append(name)
        }
        // Texts that are numbers are readings; one word for all rows is a kind, not a name.
        let telling = names.filter { $0.contains(where: \.isLetter) }
        guard telling.count * 2 >= names.count, Set(telling).count > 1 else { return nil }
        return names
    }

    /// The identifier, with `(outlet)` for the row's number.
    var template: String {
        (head.map { "\($0)" } + ["(outlet)"] + tail.map { "\($0)" }).joined(separator: ".")
    }
}
