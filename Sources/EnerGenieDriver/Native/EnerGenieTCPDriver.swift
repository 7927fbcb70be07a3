internal import NIOCore
public import Power
internal import Synchronization

/// Switches a four-outlet EnerGenie strip through its native protocol on TCP port 5000.
///
/// All outlets are switched in one frame. A wrong password is answered with silence, and so is everything while the
/// device is busy, so only silence that repeats itself is reported as a wrong password.
public final class EnerGenieTCPDriver: PDUDriver {
    /// How many sessions in a row must end in silence after the password before it counts as wrong.
    private static let silencesForWrongPassword = 3

    private struct State {
        var isOpen = false
        var pace: Pace
        var silences = 0
        var patience: StartPatience
    }

    let configuration: EnerGenieTCPConfiguration
    private let group: any EventLoopGroup
    private let clock: DeviceClock
    private let state: Mutex<State>

    init(_ configuration: EnerGenieTCPConfiguration, on group: any EventLoopGroup, clock: DeviceClock) {
        self.configuration = configuration
        self.group = group
        self.clock = clock
        state = Mutex(
            State(
                pace: Pace(pause: configuration.pause),
                patience: StartPatience(floor: configuration.startInterval, ceiling: configuration.limit)
            )
        )
    }

    /// One frame carries all four outlets. A reading that disagrees costs a new connection, so it is repeated less often
    /// than by default.
    public var traits: DriverTraits {
        DriverTraits(driver: "energenie", settleInterval: .milliseconds(250), switchesTogether: true)
    }

    /// Connects, shows the password, runs `body` and ends the session.
    ///
    /// - Throws: `DriverError`; before `body` runs: `timeout` for silence, `authentication` when that has happened three
    ///   times in a row after the password, `busy` when this driver is in a session already. Else what `body` threw.
    public nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        try state.withLock { state throws(DriverError) in
            if state.isOpen {
                throw DriverError(
                    .busy,
                    "EnerGenie \(configuration.endpoint): this agent is in a session with it already"
                )
            }
            state.isOpen = true
        }
        defer { state.withLock { $0.isOpen = false } }
        let session = EnerGenieTCPSession(driver: self, connection: try await connect())
        let result: Result<Value, DriverError>
        do throws(DriverError) {
            result = .success(try await body(session))
        } catch {
            result = .failure(error)
        }
        await session.end()
        return try result.get()
    }

    /// Does nothing: a connection lives only as long as its session.
    public nonisolated(nonsending) func shutDown() async {}

    /// Opens a connection when the device may be asked again.
    nonisolated(nonsending) func connect() async throws(DriverError) -> NativeConnection {
        let wait = state.withLock { $0.pace.wait(at: clock.now()) }
        do {
            if wait > .zero { try await clock.sleep(wait) }
            try Task.checkCancellation()
        } catch {
            throw NativeStep.starting.error(.cancelled(requestLeft: false), configuration.endpoint)
        }
        do throws(NativeFailure) {
            let link = TCPLink(to: configuration.endpoint, on: group)
            let patience = state.withLock { $0.patience }
            let connection = try await NativeConnection.open(link, configuration, patience)
            state.withLock { state in
                state.silences = 0
                if let time = connection.startTime { state.patience.answered(after: time) }
            }
            return connection
        } catch {
            throw judge(error)
        }
    }

    /// The time on the driver's clock.
    func now() -> Duration { clock.now() }

    /// Notes the end of a connection, from which the pause runs.
    func connectionEnded() {
        state.withLock { $0.pace.requestEnded(at: clock.now()) }
    }

    private func judge(_ failure: NativeFailure) -> DriverError {
        connectionEnded()
        let error = failure.step.error(failure.reason, configuration.endpoint)
        if failure.starts > 1, failure.step == .authenticating || error.code == .interrupted {
            // It says nothing of the password: the second start byte may have been taken for a mistake.
            state.withLock { $0.patience.spoiled() }
            return error
        }
        guard failure.step == .authenticating, !failure.isCancellation else { return error }
        let silences = state.withLock { state in
            state.silences = min(state.silences + 1, Self.silencesForWrongPassword)
            return state.silences
        }
        guard silences == Self.silencesForWrongPassword else { return error }
        return DriverError(.authentication, "\(error.message); it happens every time, so check the password")
    }
}
