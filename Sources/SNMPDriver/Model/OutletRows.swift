/// A table with a row for each outlet.
struct OutletRows: Sendable, Hashable {
    /// What an arc of the rows' index is.
    enum Arc: Sendable, Hashable {
        case part(String)
        case literal(UInt32)
    }

    /// Where the printed number of a row's outlet comes from.
    enum Numbering: Sendable, Hashable {
        /// The rows are counted from 1, in the order of the table.
        case inOrder
        /// It is computed from the index.
        case expression(IndexExpression)
        /// Another column has it; a row with 0 there is no outlet.
        case column(OIDTemplate)
    }

    /// The rows that are outlets: those where this object has one of these values.
    struct Condition: Sendable, Hashable {
        let object: OIDTemplate
        let values: [ModelValue]
    }

    let column: OIDTemplate
    let index: [Arc]
    let numbering: Numbering
    let condition: Condition?
    /// The largest number that is an outlet; rows beyond it are something else.
    let highest: Int

    /// Whether a row can be named from the outlet's number alone, without reading the table.
    var followsNumber: Bool {
        index.allSatisfy { arc in
            switch arc {
            case .part(let name): name == "outlet"
            case .literal: true
            }
        }
    }
}
