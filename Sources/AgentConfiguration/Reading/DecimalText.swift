/// A decimal number without sign or exponent, exactly.
enum DecimalText {
    struct Number {
        var whole: Int
        var billionths: Int
    }

    /// Splits `1.5s` into the number and the rest; nothing without a number or with more than nine digits in a part.
    static func split(_ text: String) -> (Number, unit: String)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        var rest = text[digits.endIndex...]
        guard (1...9).contains(digits.count), let whole = Int(digits) else { return nil }
        var billionths = 0
        if rest.first == "." {
            let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard (1...9).contains(fraction.count),
                let value = Int(fraction + String(repeating: "0", count: 9 - fraction.count))
            else { return nil }
            billionths = value
            rest = rest[fraction.endIndex...]
        }
        return (Number(whole: whole, billionths: billionths), String(rest))
    }
}
