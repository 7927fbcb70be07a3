internal import Power

/// What the values of a state object mean.
struct StateMap: Sendable, Hashable {
    let object: OIDTemplate
    let packed: PackedList?
    let on: [ModelValue]
    let off: [ModelValue]
    /// On its way to another state.
    let pending: [ModelValue]
    /// Values that are neither, with words for people.
    let other: [ModelValue: String]
    /// Values by which the device says that there is no such outlet.
    let missing: [ModelValue]
    let pendingFlag: PendingFlag?

    /// The reading that a value means; nothing when it says that there is no such outlet.
    ///
    /// A value that the model does not know is passed on in the device's words, not guessed at.
    func reading(_ value: DeviceValue) -> OutletReading? {
        func isOne(of values: [ModelValue]) -> Bool { values.contains { $0.matches(value) } }
        if isOne(of: missing) { return nil }
        if isOne(of: on) { return .settled(.on) }
        if isOne(of: off) { return .settled(.off) }
        if isOne(of: pending) { return .pending }
        if let words = other.first(where: { $0.key.matches(value) })?.value { return .indeterminate(words) }
        return .indeterminate(value.words)
    }
}
