/// Goes on counting energy when a device's counter begins anew.
///
/// What is published never goes backwards: a counter that was reset, or belongs to a replaced device, is added to
/// what was counted before; one that ran over goes on where it was.
struct EnergyMeter: Sendable, Equatable, Codable {
    /// A counter that falls by less than this share of itself, or by less than one watt-hour, was not reset: some
    /// devices round, or add up outlets that they read one after the other.
    private static let wobble = 0.01

    /// A counter that is taken to have run over has not counted more than this share of its span meanwhile. A counter
    /// that fell from anywhere else was reset.
    private static let plausibleGain = 0.01

    /// What was counted before the device's counter last began anew, in watt-hours.
    private(set) var base: Double
    /// What the counter last read, in watt-hours.
    private(set) var last: Double

    init() {
        base = 0
        last = 0
    }

    /// Takes what the counter reads, in watt-hours.
    ///
    /// - Parameter span: how far the counter counts before it runs over to 0, in watt-hours; nothing when it does not.
    /// - Returns: the energy counted in all, never less than before; and whether the counter was reset.
    mutating func count(_ reading: Double, span: Double? = nil) -> (total: Double, isReset: Bool) {
        guard reading.isFinite, reading >= 0 else { return (base + last, false) }
        if reading >= last {
            last = reading
            return (base + last, false)
        }
        if last - reading <= max(1, last * Self.wobble) { return (base + last, false) }
        if let span, span.isFinite {
            let gain = reading + span - last
            if gain >= 0, gain <= span * Self.plausibleGain {
                base += span
                last = reading
                return (base + last, false)
            }
        }
        base += last
        last = reading
        return (base + last, true)
    }
}
