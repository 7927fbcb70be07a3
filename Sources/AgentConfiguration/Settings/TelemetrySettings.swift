/// When measurements are published.
public struct TelemetrySettings: Sendable, Equatable {
    /// `telemetry.min_change`: a value has changed when it moved by more than this share of itself, 0 to 1.
    public var minimumChange: Double
    /// `telemetry.interval`: the longest time between two publications of measurements that have not changed.
    public var interval: Duration
}

extension TelemetrySettings {
    /// What holds where the file says nothing.
    static let standard = TelemetrySettings(minimumChange: 0.01, interval: .seconds(60))
}
