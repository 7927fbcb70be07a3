public import Power

/// What the configuration and the driver say about one PDU.
public struct LaneRules: Sendable, Equatable {
    /// The PDU.
    public var pdu: PDUName
    /// How the device has to be treated.
    public var traits: DriverTraits
    /// The settle window that the configuration sets in place of the driver's.
    public var settleWindow: Duration?
    /// The name for people.
    public var label: String?
    /// Where it stands, for people.
    public var location: String?
    /// Where people find the device's own page.
    public var configurationURL: String?
    /// How often the device is read, start to start; one that takes long to answer is read less often.
    public var pollInterval: Duration = .seconds(10)
    /// By what share of itself the interval may be shorter, 0 to 1, so that a fleet does not poll in step.
    public var pollJitter = 0.1
    /// When measurements are published.
    public var telemetry = TelemetryRules()
    /// How long the agent tries to carry out a command before it gives up.
    public var limit: Duration = .seconds(15)
    /// How much the device may draw, in amperes, for people.
    public var maximumCurrent: Double?
    /// The time between two outlets of a command for all of them.
    public var stagger: Duration = .milliseconds(500)
    /// What holds for an outlet that is not listed.
    public var defaultOutlet = OutletRules()
    /// The outlets listed in the configuration.
    public var outlets: [OutletNumber: OutletRules]
    /// The outlets that are switched only as feeds of a load, with the load's name.
    public var exclusiveLoads: [OutletNumber: String] = [:]
    /// Whether `outlets` is all there is. Otherwise the device is asked which outlets it has.
    public var hasFixedOutlets: Bool

    /// Rules of a PDU.
    public init(
        pdu: PDUName,
        traits: DriverTraits,
        outlets: [OutletNumber: OutletRules] = [:],
        hasFixedOutlets: Bool = true
    ) {
        self.pdu = pdu
        self.traits = traits
        self.outlets = outlets
        self.hasFixedOutlets = hasFixedOutlets
    }

    /// The circuit of each listed outlet, and that of all others.
    var circuits: [OutletNumber?: String] {
        var circuits = outlets.reduce(into: [OutletNumber?: String]()) { $0[$1.key] = $1.value.circuit }
        circuits[nil] = defaultOutlet.circuit
        return circuits
    }

    /// The rules of an outlet.
    public func outlet(_ number: OutletNumber) -> OutletRules { outlets[number] ?? defaultOutlet }

    /// How long a reading that disagrees with an accepted switch is not believed.
    var effectiveSettleWindow: Duration { settleWindow ?? traits.settleWindow }

    /// How many commands may wait for one outlet.
    public static let maximumWaiting = 32
}
