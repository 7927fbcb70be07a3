/// How a raw value becomes the quantity in its unit.
enum MeasurementScale: Sendable, Hashable {
    /// How a scale that the device gives is meant.
    enum Rule: String, Sendable, Hashable, CaseIterable {
        /// The value has so many decimal digits: divide by 10 to the power of N.
        case digits
        /// The value is so many powers of ten: multiply by 10 to the power of N.
        case exponent
        /// A positive number multiplies, a negative one divides, 0 leaves it as it is.
        case factor
    }

    /// A scale that another object of the device holds.
    struct Dynamic: Sendable, Hashable {
        let object: OIDTemplate
        let rule: Rule
        /// It is applied on top, as for kilowatt-hours.
        let times: Double
        /// It does not change while the device runs, so it is read once.
        let constant: Bool
    }

    /// Multiply by this.
    case fixed(Double)
    /// Ask the device.
    case dynamic(Dynamic)
}

extension MeasurementScale.Dynamic {
    /// The factor that a scale object's value means; nothing when it makes no sense.
    func factor(_ raw: Int) -> Double? {
        switch rule {
        case .digits:
            guard (0...18).contains(raw) else { return nil }
            return times / Self.powerOfTen(raw)
        case .exponent:
            guard (-24...24).contains(raw) else { return nil }
            return raw < 0 ? times / Self.powerOfTen(-raw) : times * Self.powerOfTen(raw)
        case .factor:
            guard raw != .min else { return nil }
            return raw == 0 ? times : raw < 0 ? times / Double(-raw) : times * Double(raw)
        }
    }

    private static func powerOfTen(_ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}

extension MeasurementScale {
    /// A raw value times its factor. Where the factor is one part of a whole number the value is divided by that number,
    /// so that 2301 tenths are 230.1 and not 230.10000000000002.
    static func scaled(_ raw: Double, by factor: Double) -> Double {
        let divisor = (1 / factor).rounded()
        if divisor >= 2, abs(divisor * factor - 1) < 1e-12 { return raw / divisor }
        return raw * factor
    }
}
