import Glibc

/// The clock that all processes of one machine share and nobody sets (`CLOCK_MONOTONIC`), so that times recorded by a
/// simulated device can be compared with those of the program under test.
public enum MonotonicTime {
    /// Nanoseconds since the machine has started.
    public static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// The same as a duration since the machine has started.
    public static var now: Duration { .nanoseconds(nanoseconds) }
}

extension Duration {
    /// Whole nanoseconds; what is too long for them becomes the longest there is.
    var wholeNanoseconds: Int64 {
        let (whole, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, sumOverflow) = whole.addingReportingOverflow(components.attoseconds / 1_000_000_000)
        return overflow || sumOverflow ? (components.seconds < 0 ? .min : .max) : sum
    }
}
