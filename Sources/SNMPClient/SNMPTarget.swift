/// A device to ask: where it is, what opens it, and how patient to be.
public struct SNMPTarget: Sendable, Hashable {
    /// A numeric IPv4 or IPv6 address, or a name, which is looked up each time a session is opened.
    public var host: String
    /// The UDP port.
    public var port: UInt16
    /// The version and the credentials.
    public var credentials: SNMPCredentials
    /// What errors call the device; the host when empty.
    public var label: String
    /// How long one try waits for an answer, 20 ms or more.
    public var timeout: Duration
    /// How many further tries follow an unanswered one, 0 to 20.
    public var retries: Int
    /// How many objects a walk asks for at once with GETBULK, 1 to 1,000.
    public var maxRepetitions: Int
    /// How many requests the device is sent before it has answered the first, 1 to 64; further ones wait their turn.
    public var maxInFlight: Int

    /// A device to ask.
    public init(
        host: String,
        port: UInt16 = 161,
        credentials: SNMPCredentials,
        label: String = "",
        timeout: Duration = .seconds(1),
        retries: Int = 2,
        maxRepetitions: Int = 20,
        maxInFlight: Int = 8
    ) {
        self.host = host
        self.port = port
        self.credentials = credentials
        self.label = label
        self.timeout = timeout
        self.retries = retries
        self.maxRepetitions = maxRepetitions
        self.maxInFlight = maxInFlight
    }
}
