import Power
import Synchronization

/// A driver whose device can be made unreachable, and that counts the sessions it had.
final class FlakyDriver: PDUDriver {
    private let driver: any PDUDriver
    private let state = Mutex((isReachable: true, sessions: 0))

    init(_ driver: any PDUDriver) {
        self.driver = driver
    }

    var isReachable: Bool {
        get { state.withLock { $0.isReachable } }
        set { state.withLock { $0.isReachable = newValue } }
    }

    var sessions: Int { state.withLock { $0.sessions } }

    var traits: DriverTraits { driver.traits }

    nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        guard isReachable else { throw DriverError(.unreachable, "nobody listens") }
        state.withLock { $0.sessions += 1 }
        return try await driver.withSession(body)
    }

    nonisolated(nonsending) func shutDown() async { await driver.shutDown() }
}
