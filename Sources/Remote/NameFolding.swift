public import Power

/// Writes many outlets as few targets: `rack[1-4]/[1-8]` for thirty-two of them. Each text is a target that names exactly
/// these outlets.
public enum NameFolding {
    /// The targets, in the order of their PDUs' names.
    public static func fold(_ outlets: some Sequence<OutletID>) -> [String] {
        var byPDU: [PDUName: Set<Int>] = [:]
        for outlet in outlets { byPDU[outlet.pdu, default: []].insert(outlet.outlet.rawValue) }
        // PDUs of which the same outlets are named go together.
        var bySelection: [String: [PDUName]] = [:]
        for (pdu, numbers) in byPDU { bySelection[ranges(numbers.sorted()), default: []].append(pdu) }
        let folded = bySelection.flatMap { selection, pdus in
            names(pdus.map(\.rawValue)).map { (text: "\($0.text)/\(selection)", first: $0.first) }
        }
        return folded.sorted { ($0.first, $0.text) < ($1.first, $1.text) }.map(\.text)
    }

    /// `3`, `[1-4]`, `[1-4,7]`.
    private static func ranges(_ numbers: [Int]) -> String {
        var parts: [String] = []
        var start = 0
        while start < numbers.count {
            var end = start
            while end + 1 < numbers.count, numbers[end + 1] == numbers[end] + 1 { end += 1 }
            parts.append(start == end ? "\(numbers[start])" : "\(numbers[start])-\(numbers[end])")
            start = end + 1
        }
        return numbers.count == 1 ? parts[0] : "[\(parts.joined(separator: ","))]"
    }

    /// A name that ends with a number, as `rack01`.
    private struct Numbered {
        let stem: String
        let digits: String
        let value: Int
        var hasZeros: Bool { digits.count > 1 && digits.hasPrefix("0") }

        init?(_ name: String) {
            let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
            guard (1...9).contains(digits.count), let value = Int(String(digits)) else { return nil }
            stem = String(name.dropLast(digits.count))
            self.digits = String(digits)
            self.value = value
        }

        /// Whether a range that has begun with `first` counts on from `self` to `next`.
        func isFollowed(by next: Numbered, from first: Numbered) -> Bool {
            guard next.value == value + 1 else { return false }
            return first.hasZeros
                ? next.digits.count == max(first.digits.count, String(next.value).count) : !next.hasZeros
        }
    }

    private static func names(_ names: [String]) -> [(text: String, first: String)] {
        var result: [(text: String, first: String)] = []
        var byStem: [String: [Numbered]] = [:]
        for name in names {
            if let numbered = Numbered(name) {
                byStem[numbered.stem, default: []].append(numbered)
            } else {
                result.append((name, name))
            }
        }
        for (stem, numbered) in byStem {
            let sorted = numbered.sorted { ($0.value, $0.digits.count) < ($1.value, $1.digits.count) }
            var start = 0
            while start < sorted.count {
                var end = start
                while end + 1 < sorted.count, sorted[end].isFollowed(by: sorted[end + 1], from: sorted[start]) {
                    end += 1
                }
                let first = sorted[start].digits
                let inner = start == end ? first : "[\(first)-\(sorted[end].digits)]"
                result.append((stem + inner, stem + first))
                start = end + 1
            }
        }
        return result
    }
}
