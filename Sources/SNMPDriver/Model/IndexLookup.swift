/// Finds an index by a column of names: the row whose name fits is the one.
struct IndexLookup: Sendable, Hashable {
    /// What the name is compared with.
    enum Wanted: Sendable, Hashable {
        /// A pattern; one with `(outlet)` finds a row for each outlet.
        case patterns([NamePattern])
        /// The text that another object of the outlet holds: two tables joined by a name.
        case sameAs(OIDTemplate)
    }

    /// The column of names; what follows it in an answer is the index that is found.
    let column: OIDTemplate
    let wanted: Wanted

    /// Whether it finds a row for each outlet, not one for the device.
    var isPerOutlet: Bool {
        switch wanted {
        case .patterns(let patterns): patterns.contains { $0.findsNumber }
        case .sameAs: true
        }
    }
}
