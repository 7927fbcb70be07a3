internal import Power

/// The outlets of a device, and what the index parts of each stand for.
struct OutletTable: Sendable, Equatable {
    private(set) var bindings: [OutletNumber: IndexBindings] = [:]
    /// What people should know of the way the outlets were found.
    private(set) var warnings: [String] = []

    init(_ bindings: [OutletNumber: IndexBindings] = [:]) {
        self.bindings = bindings
    }

    /// The outlets in their order.
    var numbers: [OutletNumber] { bindings.keys.sorted() }

    subscript(outlet: OutletNumber) -> IndexBindings? { bindings[outlet] }

    /// Outlets with nothing but their number to tell them apart.
    static func numbered(_ numbers: some Sequence<OutletNumber>) -> OutletTable {
        OutletTable(
            Dictionary(numbers.map { ($0, IndexBindings(["outlet": [UInt32($0.rawValue)]])) }) { first, _ in first }
        )
    }

    /// The table after the device was read anew, where rows are numbered in their order only.
    ///
    /// A row keeps the number that it had, and a row that is gone keeps it too: a unit of a chain that is switched off
    /// must not make the outlets behind it answer to other numbers.
    func keepingNumbers(over new: OutletTable) -> OutletTable {
        guard !bindings.isEmpty, bindings != new.bindings else { return new }
        let known = Set(bindings.values.map { Self.row($0) })
        var kept = OutletTable(bindings)
        for (number, row) in new.bindings where !known.contains(Self.row(row)) && bindings[number] == nil {
            kept.bindings[number] = row
        }
        kept.warnings = [
            "the device lists other outlets than when it was first read (\(new.bindings.count) rows, then "
                + "\(bindings.count)); numbers stay with their outlets until the configuration is loaded again"
        ]
        return kept
    }

    /// Numbers for people, as `1-8, 11`.
    static func ranges(_ numbers: [OutletNumber]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers.map(\.rawValue) {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        let texts = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        return texts.isEmpty ? "none" : texts.joined(separator: ", ")
    }

    private static func row(_ bindings: IndexBindings) -> IndexBindings {
        var row = bindings
        row["outlet"] = nil
        return row
    }
}
