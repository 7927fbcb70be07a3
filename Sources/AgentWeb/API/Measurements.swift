import Power

/// Measurements as the interface writes them: by the quantity's name, in its unit.
enum Measurements {
    /// The measurements as precise as they mean anything.
    static func precise(_ values: MeasuredValues) -> MeasuredValues {
        values.mapValues { ($0 * 10_000).rounded() / 10_000 }
    }
}
