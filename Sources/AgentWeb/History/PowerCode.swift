import Glibc

/// Watts in two bytes: the logarithm, so that a small draw is as precise as a large one, to within 0.06 %.
enum PowerCode {
    /// Stands for a value that nobody knows.
    static let absent = Int16.min
    /// What a value is measured against: steps are finest near it and below.
    private static let unit = 0.01
    /// Steps for each doubling. The largest value is 1.6 MW.
    private static let steps = 1200.0

    /// The code of a value; values beyond what a code can say are the largest that it can.
    static func code(_ watts: Double) -> Int16 {
        guard watts.isFinite else { return absent }
        let steps = (log2(1 + abs(watts) / unit) * Self.steps).rounded()
        let magnitude = Int16(min(steps, Double(Int16.max)))
        return watts < 0 ? -magnitude : magnitude
    }

    /// The value of a code; nothing for `absent`.
    static func watts(_ code: Int16) -> Double? {
        guard code != absent else { return nil }
        let magnitude = (exp2(Double(abs(Int(code))) / steps) - 1) * unit
        return code < 0 ? -magnitude : magnitude
    }
}
