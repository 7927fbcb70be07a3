/// How often a device is read.
public struct PollSettings: Sendable, Equatable {
    /// `poll.interval`: 500 ms to 1 h. A change made behind the agent's back is seen within it.
    public var interval: Duration
    /// `poll.jitter`: by which part of the interval a poll may come earlier, 0 to 0.5, so that polls spread out.
    public var jitter: Double
}

extension PollSettings {
    /// What holds where the file says nothing.
    static let standard = PollSettings(interval: .seconds(10), jitter: 0.1)
}
