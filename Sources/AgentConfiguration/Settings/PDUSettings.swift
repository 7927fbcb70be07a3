public import Power

/// One PDU, with everything it inherits filled in.
public struct PDUSettings: Sendable, Equatable {
    /// `name`.
    public var name: PDUName
    /// `enabled`: a PDU that is not is neither polled nor switched.
    public var isEnabled: Bool
    /// `label`: a name for people.
    public var label: String?
    /// `location`: where it stands; Home Assistant's suggested area.
    public var location: String?
    /// `host`: a host's name, an IPv4 or an IPv6 address without brackets; empty for drivers that have no such key.
    public var host: String
    /// `port`, or the one of the driver's protocol; 0 for drivers that have no such key.
    public var port: Int
    /// `timeout`: how long one request may take.
    public var timeout: Duration
    /// `retries`: how often a request that had no answer is asked again; a switch only where that is safe.
    public var retries: Int
    /// `poll`.
    public var poll: PollSettings
    /// `telemetry`.
    public var telemetry: TelemetrySettings
    /// `cycle.off_time`: for outlets that say nothing else.
    public var cycleOffTime: Duration
    /// `command.limit`: how long the agent tries to carry out a command, for outlets that say nothing else.
    public var commandLimit: Duration
    /// `stagger`: the pause between two outlets in a command for all.
    public var stagger: Duration
    /// `settle`: how long the device may show an old state after a switch; nothing for what the model says.
    public var settle: Duration?
    /// `circuit`: for outlets that say nothing else; a name in `circuits`.
    public var circuit: String?
    /// `max_current`: how much it may draw, in amperes.
    public var maximumCurrent: Double?
    /// `outlets`: what is said of single outlets. A device may have more; see `outlet(_:)`.
    public var outlets: [OutletNumber: OutletSettings]
    /// `driver` and the keys that belong to it.
    public var driver: DriverSettings

    /// What holds for an outlet, listed in the file or not.
    public func outlet(_ number: OutletNumber) -> OutletSettings {
        outlets[number] ?? OutletSettings(cycle: .byAgent(offTime: cycleOffTime), circuit: circuit)
    }
}
