/// Numbers by which a device says that it has no such measurement.
struct AbsentValues: Sendable, Hashable {
    var negative = false
    var values: Set<Int> = []

    /// Whether a raw value means nothing.
    func contains(_ raw: Double) -> Bool {
        if negative, raw < 0 { return true }
        return values.contains { Double($0) == raw }
    }
}
