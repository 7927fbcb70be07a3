/// What was measured of one outlet or of one device: at most one value for each quantity, in the unit of `Quantity`.
///
/// It is used like a dictionary and takes a quarter of one's memory, which counts where the newest values of a hundred
/// thousand outlets are kept.
public struct MeasuredValues: Sendable, Hashable {
    /// Which quantities are there: a bit for each, in the order of `Quantity`.
    private var present: UInt16 = 0
    /// The values of those, in the same order.
    private var numbers: [Double] = []

    /// No value at all.
    public init() {}

    /// No value yet, with room for some: without it, each value that comes moves those before it.
    public init(minimumCapacity: Int) {
        numbers.reserveCapacity(minimumCapacity)
    }

    /// The values of a dictionary.
    public init(_ values: [Quantity: Double]) {
        numbers.reserveCapacity(values.count)
        for (quantity, value) in values { self[quantity] = value }
    }

    /// How many quantities have a value.
    public var count: Int { numbers.count }

    /// Whether there is no value at all.
    public var isEmpty: Bool { numbers.isEmpty }

    /// The quantities that have a value, in the order of `Quantity`.
    public var keys: [Quantity] { Quantity.allCases.filter { present & $0.bit != 0 } }

    /// The values, in the order of `keys`.
    public var values: [Double] { numbers }

    /// Whether the same quantities have a value; the values may differ.
    public func measuresTheSame(as other: MeasuredValues) -> Bool { present == other.present }

    /// The value of a quantity; nothing where it was not measured.
    public subscript(quantity: Quantity) -> Double? {
        get { present & quantity.bit == 0 ? nil : numbers[place(of: quantity)] }
        set {
            let place = place(of: quantity)
            switch (present & quantity.bit != 0, newValue) {
            case (true, let value?): numbers[place] = value
            case (true, nil):
                numbers.remove(at: place)
                present &= ~quantity.bit
            case (false, let value?):
                numbers.insert(value, at: place)
                present |= quantity.bit
            case (false, nil): return
            }
        }
    }

    /// The same quantities with other values.
    public func mapValues(_ transform: (Double) -> Double) -> MeasuredValues {
        var changed = self
        changed.numbers = numbers.map(transform)
        return changed
    }

    /// The values that meet the condition.
    public func filter(_ condition: (Element) -> Bool) -> MeasuredValues {
        var kept = self
        for element in self where !condition(element) { kept[element.key] = nil }
        return kept
    }

    private func place(of quantity: Quantity) -> Int { (present & (quantity.bit - 1)).nonzeroBitCount }
}

extension MeasuredValues: Sequence {
    /// A quantity and its value.
    public typealias Element = (key: Quantity, value: Double)

    /// Goes through the values in the order of `Quantity`; every poll does, so it makes no list of the quantities.
    public struct Iterator: IteratorProtocol {
        fileprivate var rest: UInt16
        fileprivate let numbers: [Double]
        private var place = 0

        fileprivate init(_ values: MeasuredValues) {
            rest = values.present
            numbers = values.numbers
        }

        /// The next value.
        public mutating func next() -> Element? {
            guard rest != 0 else { return nil }
            let quantity = Quantity.inOrder[rest.trailingZeroBitCount]
            rest &= rest - 1
            defer { place += 1 }
            return (quantity, numbers[place])
        }
    }

    /// Goes through the values in the order of `Quantity`.
    public func makeIterator() -> Iterator { Iterator(self) }
}

extension MeasuredValues: ExpressibleByDictionaryLiteral {
    /// The values as written; of two for one quantity the last counts.
    public init(dictionaryLiteral elements: (Quantity, Double)...) {
        for (quantity, value) in elements { self[quantity] = value }
    }
}

extension Quantity {
    /// The quantities by the place of their bit.
    fileprivate static let inOrder = allCases

    /// The quantity's place in a set of them.
    fileprivate var bit: UInt16 {
        switch self {
        case .current: 1 << 0
        case .voltage: 1 << 1
        case .power: 1 << 2
        case .apparentPower: 1 << 3
        case .powerFactor: 1 << 4
        case .energy: 1 << 5
        case .frequency: 1 << 6
        case .temperature: 1 << 7
        case .humidity: 1 << 8
        }
    }
}
