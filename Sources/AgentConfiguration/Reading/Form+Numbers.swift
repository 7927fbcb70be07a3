extension Form<Bool> {
    static var boolean: Self {
        Form(.boolean, expecting: "true or false") { spot in
            guard spot.value.kind == .boolean, let text = spot.value.scalar else {
                let isWord = spot.value.scalar.map { ["yes", "no", "on", "off"].contains($0.lowercased()) } ?? false
                spot.refuse(expecting: "true or false", hint: isWord ? " (\(spot.shown))" : spot.quotesHint(.boolean))
                return nil
            }
            return text.lowercased() == "true"
        }
    }
}

extension Form<Int> {
    /// A whole number in ordinary digits.
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let expectation = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Form(.integer(range), expecting: expectation) { spot in
            guard spot.value.kind == .number, let text = spot.value.scalar else {
                spot.refuse(expecting: expectation, hint: spot.quotesHint(.number))
                return nil
            }
            guard let number = Self.parse(text), range.contains(number) else {
                spot.report("expected \(expectation), found \(spot.shown)")
                return nil
            }
            return number
        }
    }

    static var port: Self { integer(1...65535) }

    /// A number of bytes with its unit.
    static func size(_ range: ClosedRange<Int>) -> Self {
        let expectation =
            "a size such as 64MiB (KiB, MiB or GiB), from \(range.lowerBound.formattedSize) to "
            + range.upperBound.formattedSize
        return Form(.size(range), expecting: expectation, show: \.formattedSize) { spot in
            guard let text = spot.word(expecting: expectation) else { return nil }
            guard let size = SizeText.parse(text), range.contains(size) else {
                spot.report("expected \(expectation), found \(spot.shown)")
                return nil
            }
            return size
        }
    }

    /// Digits with an optional minus; no leading zeros, which would be octal to some readers.
    static func parse(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard digits == "0" || !digits.hasPrefix("0"),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}

extension Form<Double> {
    static func number(_ range: ClosedRange<Double>) -> Self {
        let expectation = "a number from \(shortest(range.lowerBound)) to \(shortest(range.upperBound))"
        return Form(.number(range), expecting: expectation, show: shortest) { spot in
            guard spot.value.kind == .number, let text = spot.value.scalar else {
                spot.refuse(expecting: expectation, hint: spot.quotesHint(.number))
                return nil
            }
            guard let number = Double(text), range.contains(number) else {
                spot.report("expected \(expectation), found \(spot.shown)")
                return nil
            }
            return number
        }
    }

    @Sendable private static func shortest(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : String(number)
    }
}

extension Form<Duration> {
    /// A time with its unit.
    static func duration(_ range: ClosedRange<Duration>, days: Bool = false) -> Self {
        let expectation =
            "a time such as \(days ? "90d (h or d)" : "10s (ms, s, m or h)"), from \(range.lowerBound.formatted) to "
            + range.upperBound.formatted
        return Form(.duration(range, days: days), expecting: expectation, show: \.formatted) { spot in
            if spot.value.kind == .number {
                let unit = days ? "d" : "s"
                spot.report(
                    "expected \(expectation), found a number without a unit; write \(spot.value.scalar ?? "")\(unit)"
                )
                return nil
            }
            guard let text = spot.text(expecting: expectation) else { return nil }
            guard days || !text.hasSuffix("d"), let duration = DurationText.parse(text), range.contains(duration) else {
                spot.report("expected \(expectation), found \(spot.shown)")
                return nil
            }
            return duration
        }
    }
}
