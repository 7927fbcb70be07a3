extension Int {
    /// A number of bytes as the configuration writes it.
    var formattedSize: String {
        for (unit, factor) in SizeText.units.reversed() where self != 0 && self % factor == 0 {
            return "\(self / factor)\(unit)"
        }
        return "\(self)B"
    }
}

extension Duration {
    /// A time as the configuration writes it: the largest unit that leaves no fraction, days only from 2 on.
    var formatted: String {
        if self == .zero { return "0s" }
        for (unit, length) in DurationText.units.reversed() where isMultiple(of: length) {
            if unit == "d" && self < length * 2 { continue }
            return "\(Int((self / length).rounded()))\(unit)"
        }
        return "\(self)"
    }

    private func isMultiple(of other: Duration) -> Bool {
        let count = (self / other).rounded()
        return count >= 1 && count < 1e9 && other * Int(count) == self
    }
}

extension String {
    /// The text in quotes, cut when it is long, with what is not printable made visible.
    var quoted: String {
        let limit = 80
        var result = ""
        for scalar in unicodeScalars.prefix(limit) {
            result += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return "\"\(result)\(unicodeScalars.count > limit ? "…" : "")\""
    }
}
