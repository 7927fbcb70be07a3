import Foundation

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
