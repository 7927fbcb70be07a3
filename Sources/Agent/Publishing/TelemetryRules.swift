/// When measurements are published.
public struct TelemetryRules: Sendable, Hashable {
    /// A value has changed when it moved by more than this share of itself, 0 to 1.
    public var minimumChange: Double
    /// The longest time between two publications of measurements that have not changed.
    public var interval: Duration

    /// Rules; the defaults publish changes of more than 1 %, and everything once a minute.
    public init(minimumChange: Double = 0.01, interval: Duration = .seconds(60)) {
        self.minimumChange = minimumChange
        self.interval = interval
    }
}
