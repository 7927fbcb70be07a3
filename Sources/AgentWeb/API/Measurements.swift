import Power

/// Measurements as the interface writes them: by the quantity's name, in its unit.
enum Measurements {
    /// The measurements that are numbers, as precise as they mean anything.
    static func named(_ values: MeasuredValues) -> [String: Double] {
        values.byName.mapValues { ($0 * 10_000).rounded() / 10_000 }
    }
}
