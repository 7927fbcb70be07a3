public import Foundation

/// Times as text, as RFC 3339 (section 5.6) writes them.
public enum RFC3339 {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    private static let wholeSeconds = Date.ISO8601FormatStyle()

    /// The text of a time in UTC, with milliseconds.
    ///
    /// The formatter cuts off what is below a millisecond, and a millisecond has no exact binary fraction: without
    /// rounding, a time that was read from a text could come out a millisecond earlier.
    public static func text(_ date: Date) -> String {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        return quick(milliseconds) ?? style.format(Date(timeIntervalSince1970: (milliseconds + 0.25) / 1000))
    }

    /// The same for the years that clocks show, for a fiftieth of the formatter's work: each result and each line of the audit
    /// trail has two.
    private static func quick(_ milliseconds: Double) -> String? {
        // From 1970 to 9999.
        guard milliseconds >= 0, milliseconds < 253_402_300_800_000 else { return nil }
        let (seconds, fraction) = Int64(milliseconds).quotientAndRemainder(dividingBy: 1000)
        var time = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return nil }
        return String(unsafeUninitializedCapacity: 24) { bytes in
            var end = 0
            func add(_ number: Int, _ width: Int, _ after: Unicode.Scalar) {
                var number = number
                for place in (0..<width).reversed() {
                    bytes[end + place] = UInt8(ascii: "0") + UInt8(number % 10)
                    number /= 10
                }
                bytes[end + width] = UInt8(ascii: after)
                end += width + 1
            }
            add(Int(parts.tm_year) + 1900, 4, "-")
            add(Int(parts.tm_mon) + 1, 2, "-")
            add(Int(parts.tm_mday), 2, "T")
            add(Int(parts.tm_hour), 2, ":")
            add(Int(parts.tm_min), 2, ":")
            add(Int(parts.tm_sec), 2, ".")
            add(Int(fraction), 3, "Z")
            return end
        }
    }

    /// Reads a time; nothing when it is not one.
    public static func date(_ text: String) -> Date? {
        guard text.utf8.count <= 40 else { return nil }
        if let date = (try? wholeSeconds.parse(text)) ?? (try? style.parse(text)) { return date }
        // The formatter takes no offset beyond those of real time zones; the RFC allows up to 23:59.
        let offset = text.suffix(6)
        guard let sign = offset.first, sign == "+" || sign == "-", offset.dropFirst(3).first == ":",
            let hours = Int(offset.dropFirst().prefix(2)), let minutes = Int(offset.suffix(2)),
            (0...23).contains(hours),
            (0...59).contains(minutes)
        else { return nil }
        let local = text.dropLast(6) + "Z"
        guard let date = (try? wholeSeconds.parse(String(local))) ?? (try? style.parse(String(local))) else {
            return nil
        }
        return date.addingTimeInterval(Double(hours * 3600 + minutes * 60) * (sign == "+" ? -1 : 1))
    }
}

extension KeyedDecodingContainer {
    /// Reads a time that was written as RFC 3339 says.
    func decodeTime(forKey key: Key) throws -> Date {
        guard let date = RFC3339.date(try decode(String.self, forKey: key)) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "not a time")
        }
        return date
    }
}
