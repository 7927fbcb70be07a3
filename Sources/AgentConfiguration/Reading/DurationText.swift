/// A time as people write it: a number and one unit.
enum DurationText {
    static let units: [(name: String, length: Duration)] = [
        ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
        ("d", .seconds(86400)),
    ]

    /// Reads `10s`, `500ms`, `1.5s`; at most nine digits on either side of the point.
    static func parse(_ text: String) -> Duration? {
        guard let (number, unit) = DecimalText.split(text), let length = units.first(where: { $0.name == unit })?.length
        else { return nil }
        // 999999999 days are 8.64e31 attoseconds, far from the end of the 128 bits of a Duration.
        return length * number.whole + length * number.billionths / 1_000_000_000
    }
}
