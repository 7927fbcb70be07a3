/// How long a device may take.
public struct EnerGenieTimeLimits: Sendable, Equatable {
    /// For one request and its answer, connecting included; more than zero.
    public var request: Duration
    /// For all requests of one session together, not counting pauses and logging out; more than zero.
    public var session: Duration
    /// For logging out, pauses not counted; more than zero.
    public var logOut: Duration

    /// Time limits; the defaults suit a slow device on a local network.
    public init(
        request: Duration = .seconds(5),
        session: Duration = .seconds(15),
        logOut: Duration = .seconds(3)
    ) {
        self.request = request
        self.session = session
        self.logOut = logOut
    }
}
