public import EnerGenieDriver
public import SNMPClient

/// How hosts are asked, and with what.
public struct ProbeAccess: Sendable {
    /// What opens SNMP agents, tried in this order; empty to leave SNMP alone.
    public var snmp: [SNMPCredentials]
    /// The password of EnerGenie strips; nothing to look at their start page only.
    public var password: EnerGeniePassword?
    /// Where all these came from.
    public var places: SecretPlaces
    /// The UDP port of SNMP agents.
    public var snmpPort: UInt16
    /// The TCP port of web pages.
    public var webPort: Int
    /// The TCP port of EnerGenie's native protocol.
    public var nativePort: Int
    /// The PDU's name in the entry for the configuration; nothing for one that is made from the host.
    public var name: String?
    /// How long one answer may take.
    public var limit: Duration
    /// How often an unanswered SNMP request is repeated.
    public var retries: Int
    /// Whether an SNMP device of no known model is looked through for tables that may be its outlets.
    public var searchesTables: Bool

    /// What opens the devices, with the usual ports.
    public init(
        snmp: [SNMPCredentials],
        password: EnerGeniePassword? = nil,
        places: SecretPlaces = SecretPlaces(),
        snmpPort: UInt16 = 161,
        webPort: Int = EnerGenieEndpoint.webPort,
        nativePort: Int = EnerGenieEndpoint.nativePort,
        limit: Duration = .seconds(2),
        retries: Int = 1,
        searchesTables: Bool = false
    ) {
        self.snmp = snmp
        self.password = password
        self.places = places
        self.snmpPort = snmpPort
        self.webPort = webPort
        self.nativePort = nativePort
        self.limit = limit
        self.retries = retries
        self.searchesTables = searchesTables
    }

    /// How long a host takes that does not answer at all: SNMP with one kind of credentials after the other, and at the
    /// same time the two protocols of EnerGenie in turn.
    public var silence: Duration {
        max(limit * ((retries + 1) * snmp.count), limit * 2)
    }
}
