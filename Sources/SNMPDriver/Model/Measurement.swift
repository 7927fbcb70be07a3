internal import Power

/// An object that holds a measured quantity.
struct Measurement: Sendable, Hashable {
    /// How the rows of a column become one value, where the device gives no total.
    enum Rows: String, Sendable, Hashable, CaseIterable {
        /// Their sum: power and energy of phases.
        case sum
        /// The value of the only row; nothing where there are several, as a current of three phases is not one current.
        case only
    }

    let object: OIDTemplate
    /// The object is a column, and its rows become one value.
    let rows: Rows?
    let packed: PackedList?
    let scale: MeasurementScale
    let absent: AbsentValues
}
