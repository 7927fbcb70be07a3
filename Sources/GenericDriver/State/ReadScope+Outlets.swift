internal import Power

extension ReadScope {
    /// The outlets that have to be read, of those that there are, in order.
    func outlets(of all: Set<OutletNumber>) -> [OutletNumber] {
        switch self {
        case .everything: all.sorted()
        case .states(let wanted): all.intersection(wanted).sorted()
        }
    }
}
