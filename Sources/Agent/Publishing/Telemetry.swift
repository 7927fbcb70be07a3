import Power

/// Measurements as published: one key per quantity that the device really has, in the unit of `Quantity`.
struct Telemetry: Equatable {
    let values: MeasuredValues

    /// The measurements that are numbers; a reading of infinity or not-a-number is no reading.
    init(_ values: MeasuredValues) {
        self.values = values.filter { $0.value.isFinite }
    }

    var isEmpty: Bool { values.isEmpty }

    /// Whether somebody who knows the other measurements should be told these.
    ///
    /// - Parameter share: a value has changed when it moved by more than this share of itself.
    func differs(from other: Telemetry, by share: Double) -> Bool {
        guard values.count == other.values.count else { return true }
        return values.contains { quantity, value in
            guard let before = other.values[quantity] else { return true }
            return abs(value - before) > share * max(abs(value), abs(before))
        }
    }

    /// The JSON object, its keys in the order of `Quantity`. Four decimals are finer than any of these devices measures.
    var json: [UInt8] {
        var object = JSONBytes()
        for quantity in Quantity.allCases {
            guard let value = values[quantity] else { continue }
            object.add(quantity.rawValue, (value * 10_000).rounded() / 10_000)
        }
        return object.finished()
    }
}
