/// When measurements are published.
public struct TelemetrySettings: Sendable, Equatable {
    /// `telemetry.min_change`: a value has changed when it moved by more than this share of itself, 0 to 1.
    public var minimumChange: Double
    /// `telemetry.interval`: the longest time between two publications of measurements that have not changed.
    public var interval: Duration
    /// `telemetry.per`: whether the message of a PDU has what is measured of its outlets too, and these have no topics.
    public var isPerPDU: Bool
}

extension TelemetrySettings {
    /// What a message of measurements is about.
    enum Subject: String, Sendable, Hashable, CaseIterable {
        /// An outlet, or the device as a whole.
        case outlet
        /// The device and all its outlets.
        case pdu
    }

    /// What holds where the file says nothing.
    static let standard = TelemetrySettings(minimumChange: 0.01, interval: .seconds(60), isPerPDU: false)
}
