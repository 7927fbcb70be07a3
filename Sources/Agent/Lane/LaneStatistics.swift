public import Power

/// What a lane has asked its device so far. Counts never go down.
public struct LaneStatistics: Sendable, Equatable {
    /// How often the device was read successfully.
    public private(set) var reads: UInt64 = 0
    /// How long the successful reads took together.
    public private(set) var readTime = Duration.zero
    /// How often the device accepted a switch.
    public private(set) var switches: UInt64 = 0
    /// How long the accepted switches took together.
    public private(set) var switchTime = Duration.zero
    /// How often the device could not be asked or refused, by what went wrong.
    public private(set) var errors: [DriverError.Code: UInt64] = [:]
    /// When the device as a whole was last read successfully.
    private(set) var lastFullRead: Moment?

    mutating func count(read scope: ReadScope, took duration: Duration, at now: Moment) {
        reads += 1
        readTime += duration
        if scope == .everything { lastFullRead = now }
    }

    mutating func count(switch error: DriverError?, took duration: Duration) {
        if let error { return count(error) }
        switches += 1
        switchTime += duration
    }

    mutating func count(_ error: DriverError) {
        errors[error.code, default: 0] += 1
    }
}
