internal import Logging
public import Power
internal import Synchronization

/// Switches a four-outlet EnerGenie strip (EG-PM2-LAN, EG-PMS-LAN, EG-PMS2-LAN, EG-PMS2-WLAN) through its web interface.
///
/// The device knows one session at a time, bound to the client's address: log in, switch, read back, log out. Each is
/// one request. Logging out is never left out: it is tried after errors and cancellation too, because a session left
/// open shuts every other host out.
public final class EnerGenieWebDriver: PDUDriver {
    private struct State {
        var isOpen = false
        var pace: Pace
        var statusPath = StatusPath()
        var logOutFailure: DriverError?
    }

    let configuration: EnerGenieWebConfiguration
    let clock: DeviceClock
    private let transport: any WebTransport
    private let logger: Logger
    private let state: Mutex<State>

    init(
        _ configuration: EnerGenieWebConfiguration,
        transport: any WebTransport,
        clock: DeviceClock,
        logger: Logger
    ) {
        self.configuration = configuration
        self.transport = transport
        self.clock = clock
        self.logger = logger
        state = Mutex(State(pace: Pace(pause: configuration.pause)))
    }

    /// No model is known to show an old state for long after a switch; none is known to do without breath either, so
    /// a reading that disagrees is repeated less often than by default.
    public var traits: DriverTraits {
        DriverTraits(
            driver: "energenie",
            settleInterval: .milliseconds(250),
            switchesTogether: configuration.switchesTogether
        )
    }

    /// Logs in, runs `body` and logs out.
    ///
    /// - Throws: `DriverError`; before `body` runs: `authentication` for a wrong password, `busy` when another host is
    ///   logged in or this driver is in a session already, and whatever the request came to. Else what `body` threw.
    public nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        let leftOpen = try begin()
        defer { state.withLock { $0.isOpen = false } }
        let session = EnerGenieWebSession(driver: self, leftOpen: leftOpen)
        do {
            try await session.logIn()
        } catch {
            if session.mayBeLoggedIn { await logOut(session) }
            guard let leftOpen, error.code == .busy else { throw error }
            throw DriverError(
                error.code,
                "\(error.message); the session before could not be closed: \(leftOpen.message)"
            )
        }
        let result: Result<Value, DriverError>
        do throws(DriverError) {
            result = .success(try await body(session))
        } catch {
            result = .failure(error)
        }
        session.end()
        await logOut(session)
        return try result.get()
    }

    /// Does nothing: a connection lives only as long as its request.
    public nonisolated(nonsending) func shutDown() async {}

    /// Sends a request when the device may be asked again.
    ///
    /// - Parameter requestLeaves: called with `true` when the pause is over and the request is about to leave, and
    ///   with `false` when it turned out that it has not.
    nonisolated(nonsending) func send(
        _ exchange: HTTPExchange,
        _ step: WebStep,
        within limit: Duration,
        requestLeaves: (Bool) -> Void = { _ in }
    ) async throws(DriverError) -> HTTPReply {
        let wait = state.withLock { $0.pace.wait(at: clock.now()) }
        do {
            if wait > .zero { try await clock.sleep(wait) }
            try Task.checkCancellation()
        } catch {
            throw step.error(.cancelled(requestLeft: false), configuration.endpoint)
        }
        requestLeaves(true)
        defer { state.withLock { $0.pace.requestEnded(at: clock.now()) } }
        do {
            return try await transport.run(exchange, with: configuration.endpoint, within: limit)
        } catch {
            if !error.requestLeft { requestLeaves(false) }
            throw step.error(error, configuration.endpoint)
        }
    }

    /// Where the states are read.
    var statusPath: StatusPath { state.withLock { $0.statusPath } }

    /// Notes the page that showed states.
    func settle(on path: String) {
        state.withLock { $0.statusPath.settle(on: path) }
    }

    private func begin() throws(DriverError) -> DriverError? {
        try state.withLock { state throws(DriverError) in
            if state.isOpen {
                throw DriverError(
                    .busy,
                    "EnerGenie \(configuration.endpoint): this agent is in a session with it already"
                )
            }
            state.isOpen = true
            return state.logOutFailure
        }
    }

    private nonisolated(nonsending) func logOut(_ session: EnerGenieWebSession) async {
        // A task of its own, because a cancelled one cannot wait or send, and the device must be freed all the same.
        // It is awaited here, and its time limit is the request's.
        let failure = await Task { await session.logOut() }.value
        let before = state.withLock { state in
            defer { state.logOutFailure = failure }
            return state.logOutFailure
        }
        if let failure {
            // A device that stays away would otherwise fill the log, try by try.
            logger.log(
                level: before == nil ? .warning : .debug,
                "\(failure.message); other hosts may be shut out until the next session is closed"
            )
        } else if before != nil {
            logger.notice("EnerGenie \(configuration.endpoint): the session is closed again")
        }
    }
}

/// The page on which a device shows its states: which one differs with the firmware.
struct StatusPath: Sendable, Equatable {
    /// The page to ask for.
    private(set) var path = "/energenie.html"
    private var isSettled = false

    /// The other page, as long as none has shown states yet.
    var alternative: String? {
        if isSettled { nil } else { path == "/" ? "/energenie.html" : "/" }
    }

    /// Notes a page that showed states.
    mutating func settle(on path: String) {
        self.path = path
        isSettled = true
    }
}
