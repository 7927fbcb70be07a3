/// What has to be known to switch a device through its native protocol.
public struct EnerGenieTCPConfiguration: Sendable, Equatable {
    /// Where the device listens; port 5000 unless it was told another.
    public var endpoint: EnerGenieEndpoint
    /// The password of the device; only its first 8 characters count.
    public var password: EnerGeniePassword
    /// The time from the end of one session to the start of the next; zero or more.
    public var pause: Duration
    /// The least that a start byte waits for the device's challenge before it is sent again; more than zero.
    ///
    /// A device that has yet to give up an earlier session, which takes it about 4 s, ignores the start byte. One that
    /// is far away needs longer than this, which is found out (``StartPatience``).
    public var startInterval: Duration
    /// How long connecting, beginning a session and each answer may take; more than zero. egctl waits 4 s for the answer to a password.
    public var limit: Duration

    /// A configuration; the defaults suit all models.
    public init(
        endpoint: EnerGenieEndpoint,
        password: EnerGeniePassword,
        pause: Duration = .zero,
        startInterval: Duration = .milliseconds(125),
        limit: Duration = .seconds(4)
    ) {
        self.endpoint = endpoint
        self.password = password
        self.pause = pause
        self.startInterval = startInterval
        self.limit = limit
    }
}
