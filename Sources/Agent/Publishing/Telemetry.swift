import Power

/// Measurements as published: one key per quantity that the device really has, in the unit of `Quantity`.
struct Telemetry: Encodable, Equatable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ quantity: Quantity) { stringValue = quantity.rawValue }
        init?(stringValue: String) { nil }
        init?(intValue: Int) { nil }
    }

    /// A value has changed when it moved by this share of itself.
    static let relativeChange = 0.01

    let values: [Quantity: Double]

    /// The measurements that are numbers; a reading of infinity or not-a-number is no reading.
    init(_ values: [Quantity: Double]) {
        self.values = values.filter { $0.value.isFinite }
    }

    var isEmpty: Bool { values.isEmpty }

    /// Whether somebody who knows the other measurements should be told these.
    func differs(from other: Telemetry) -> Bool {
        guard values.count == other.values.count else { return true }
        return values.contains { quantity, value in
            guard let before = other.values[quantity] else { return true }
            return abs(value - before) > Self.relativeChange * max(abs(value), abs(before))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (quantity, value) in values {
            try container.encode((value * 10_000).rounded() / 10_000, forKey: Key(quantity))
        }
    }
}
