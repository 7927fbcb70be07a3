public import Power

/// The outlets of a PDU that a target names: `3`, `1,3`, `1-4`, `[1-4]`, and `*` or `all`.
public enum OutletSelection: Sendable, Equatable {
    /// Every outlet that the PDU has.
    case all
    /// These, in this order.
    case numbers([OutletNumber])

    /// Reads a selection.
    ///
    /// - Throws: `badTarget` saying what is wrong.
    public init(_ text: some StringProtocol) throws(RemoteError) {
        var inner = Substring(text)
        if inner == "*" || inner == "all" {
            self = .all
            return
        }
        if inner.hasPrefix("["), inner.hasSuffix("]") { inner = inner.dropFirst().dropLast() }
        var numbers: [OutletNumber] = []
        for part in inner.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let from = OutletNumber(topicLevel: ends[0]),
                let to = OutletNumber(topicLevel: ends[ends.count - 1]), from <= to
            else {
                throw RemoteError(.badTarget, "'\(text)' names no outlets; write 3, 1,3, 1-4 or *")
            }
            numbers += (from.rawValue...to.rawValue).compactMap(OutletNumber.init)
        }
        self = .numbers(numbers)
    }
}
