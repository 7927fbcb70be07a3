/// Where a part of an index comes from.
struct IndexPart: Sendable, Hashable {
    /// How many arcs it takes up in an index that is read from the device.
    enum Width: Sendable, Hashable {
        /// So many, one for a number.
        case arcs(Int)
        /// As many as the first of them says, plus that one: a text with its length before it.
        case counted
    }

    /// How its value is found where nothing gives it.
    enum Source: Sendable, Hashable {
        /// It has to be given in the configuration, or a walk of the rows finds it.
        case given
        /// This value, unless the configuration says otherwise.
        case standard(UInt32)
        /// It is an arc of the device's sysObjectID.
        case captured(oneOf: [UInt32])
        /// By a look-up in a column of names.
        case lookedUp(IndexLookup)
    }

    var width: Width = .arcs(1)
    var source: Source = .given
}
