public import Power

/// Which PDUs have to have one owner in a fleet, because something needs several of them together.
///
/// What shares a PDU is one bundle, however long the chain.
public struct PDUBundles: Sendable {
    private var above: [PDUName: PDUName] = [:]

    /// The bundles that these lists of PDUs come to; those of one list have to be together.
    public init(_ ties: [[PDUName]]) {
        for tie in ties {
            for (one, other) in zip(tie, tie.dropFirst()) { join(one, other) }
        }
    }

    /// The bundles that loads and circuits come to. What a load stands on has to be known where the load is switched.
    ///
    /// - Parameter circuits: the PDUs of each circuit.
    public init(loads: [String: LoadRules], circuits: [String: [PDUName]]) {
        let ties = loads.values.map { load in
            ([load] + load.requires.compactMap { loads[$0] }).flatMap { $0.feeds.map(\.pdu) }
        }
        self.init(ties + circuits.values)
    }

    /// The first PDU of the bundle that a PDU belongs to; the PDU itself when it is alone.
    public subscript(pdu: PDUName) -> PDUName {
        var root = pdu
        while let next = above[root] { root = next }
        return root
    }

    private mutating func join(_ one: PDUName, _ other: PDUName) {
        let roots = [self[one], self[other]].sorted()
        if roots[0] != roots[1] { above[roots[1]] = roots[0] }
    }
}
