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
        return style.format(Date(timeIntervalSince1970: (milliseconds + 0.25) / 1000))
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
