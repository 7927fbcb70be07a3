import Power
import Synchronization

@testable import Agent

/// A model device as a driver, for real lanes in real time.
final class ModelDriver: PDUDriver, PDUSession {
    private struct State {
        var device: ModelDevice
        var random: RandomSource
        var isDead = false
    }

    let traits = DriverTraits(driver: "model", settleWindow: .milliseconds(8), settleInterval: .milliseconds(2))
    private let timekeeper: any Timekeeper
    private let state: Mutex<State>

    init(outlets: Int, trouble: Double, seed: UInt64, timekeeper: any Timekeeper) {
        let numbers = (1...outlets).compactMap(OutletNumber.init)
        let device = ModelDevice(outlets: numbers, trouble: trouble, settleLag: .milliseconds(1))
        state = Mutex(State(device: device, random: RandomSource(seed: seed)))
        self.timekeeper = timekeeper
    }

    /// Whether it answers nothing.
    var isDead: Bool {
        get { state.withLock(\.isDead) }
        set { state.withLock { $0.isDead = newValue } }
    }

    /// What it was told, in order.
    var record: [ModelDevice.Switch] { state.withLock(\.device.record) }

    /// What its outlets are.
    var states: [OutletNumber: PowerState] { state.withLock(\.device.states) }

    /// From now on it does what it is told.
    func heal() {
        state.withLock { state in
            state.isDead = false
            state.device.trouble = 0
        }
    }

    func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        if isDead { throw DriverError(.unreachable, "nobody there") }
        return try await body(self)
    }

    func shutDown() async {}

    func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading {
        await Task.yield()
        let result = state.withLock { state -> Result<DeviceReading, DriverError> in
            guard !state.isDead else { return .failure(DriverError(.timeout, "no answer")) }
            return state.device.read(at: timekeeper.now, using: &state.random)
        }
        return try result.get()
    }

    func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        await Task.yield()
        let error = state.withLock { state -> DriverError? in
            guard !state.isDead else { return DriverError(.timeout, "no answer") }
            return state.device.set(orders, { _ in nil }, at: timekeeper.now, using: &state.random)
        }
        if let error { throw error }
    }
}
