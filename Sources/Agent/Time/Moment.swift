import Foundation

/// A point in the agent's own time: nanoseconds on a clock that never jumps, counted from an arbitrary start.
///
/// Everything that waits or measures uses moments, so tests can move time by hand. Wall-clock time is only for people
/// and for the journal.
public struct Moment: Sendable, Hashable, Comparable {
    /// Nanoseconds since the clock's start.
    public let nanoseconds: Int64

    /// A moment so many nanoseconds after the clock's start.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The clock's start.
    public static let start = Moment(nanoseconds: 0)
    /// Later than every other moment.
    public static let never = Moment(nanoseconds: .max)

    /// Earlier moments come first.
    public static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The moment so much later; stays at `never` instead of overflowing.
    public static func + (moment: Moment, duration: Duration) -> Moment {
        let (sum, overflow) = moment.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return overflow ? .never : Moment(nanoseconds: sum)
    }

    /// The moment so much earlier.
    public static func - (moment: Moment, duration: Duration) -> Moment { moment + (.zero - duration) }

    /// The time from the right moment to the left one.
    public static func - (left: Moment, right: Moment) -> Duration {
        .nanoseconds(left.nanoseconds.subtractingReportingOverflow(right.nanoseconds).partialValue)
    }
}

extension Duration {
    /// The duration in whole nanoseconds, held at the ends of `Int64` (292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return nanoseconds.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }

    /// The duration in milliseconds, with fractions.
    public var milliseconds: Double { Double(wholeNanoseconds) / 1e6 }

    /// The duration in seconds, with fractions.
    public var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
}

/// The present, both ways: the moment that decisions are made with, and the wall-clock time that people read.
struct Now: Sendable {
    let moment: Moment
    let wallTime: Date

    init(moment: Moment, wallTime: Date) {
        self.moment = moment
        self.wallTime = wallTime
    }

    init(_ timekeeper: any Timekeeper) {
        self.init(moment: timekeeper.now, wallTime: timekeeper.wallTime)
    }

    /// The wall-clock time of a moment.
    func date(of moment: Moment) -> Date {
        wallTime.addingTimeInterval((moment - self.moment).inSeconds)
    }

    /// The moment of a wall-clock time.
    func moment(of date: Date) -> Moment {
        moment + .seconds(min(max(date.timeIntervalSince(wallTime), -1e8), 1e8))
    }
}
