public import Power

/// What is known of a PDU at one moment, for people and programs that ask.
public struct LaneSnapshot: Sendable {
    /// The PDU's rules.
    public let rules: LaneRules
    /// Whether the device answers; nothing before it was asked.
    public let isOnline: Bool?
    /// Why it is offline.
    public let problem: String?
    /// What the device says of itself.
    public let description: DeviceDescription?
    /// The outlets' newest states as the device said them; an outlet that was never read has none.
    public let states: [OutletNumber: PowerState?]
    /// The newest reading of the whole device.
    public let reading: DeviceReading?

    init(schedule: LaneSchedule, description: DeviceDescription?, reading: DeviceReading?) {
        rules = schedule.rules
        self.description = description
        self.reading = reading
        states = schedule.outlets.mapValues(\.state)
        switch schedule.health.condition {
        case .unknown:
            isOnline = nil
            problem = nil
        case .online:
            isOnline = true
            problem = nil
        case .offline(_, let reason):
            isOnline = false
            problem = reason.message
        }
    }
}
