public import Power

/// What is known of a PDU at one moment, for people and programs that ask.
public struct LaneSnapshot: Sendable {
    /// The PDU's rules.
    public internal(set) var rules: LaneRules
    /// Whether the device answers; nothing before it was asked.
    public let isOnline: Bool?
    /// Why it is offline.
    public let problem: String?
    /// What the device says of itself.
    public internal(set) var description: DeviceDescription?
    /// The outlets' newest states as the device said them; an outlet that was never read has none.
    public internal(set) var states: [OutletNumber: PowerState?]
    /// The newest reading of the whole device.
    public internal(set) var reading: DeviceReading?
    /// What the device was asked so far.
    public let statistics: LaneStatistics
    /// How long ago the device as a whole was last read; nothing before it was.
    public let sinceRead: Duration?
    /// How many commands wait for their turn.
    public internal(set) var waiting: Int
    /// How many outlets a command is running on.
    public let running: Int

    init(
        schedule: LaneSchedule,
        description: DeviceDescription?,
        reading: DeviceReading?,
        statistics: LaneStatistics,
        now: Moment
    ) {
        rules = schedule.rules
        self.statistics = statistics
        sinceRead = statistics.lastFullRead.map { now - $0 }
        waiting = schedule.active.reduce(0) { $0 + (schedule.outlets[$1]?.waitingCount ?? 0) }
        running = schedule.active.count { schedule.outlets[$0]?.work != nil }
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
