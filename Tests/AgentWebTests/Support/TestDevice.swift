import Agent
import Power
import Synchronization

/// A device that does what it is told, at once, unless it is told to fail.
final class TestDevice: PDUDriver, PDUSession {
    private struct State {
        var outlets: [OutletNumber: PowerState]
        var power: [OutletNumber: Double] = [:]
        var failure: DriverError?
        var isStuck = false
        var gate: WakeSignal?
    }

    let traits = DriverTraits(driver: "test", settleWindow: .milliseconds(20), settleInterval: .milliseconds(5))
    private let state: Mutex<State>

    init(outlets: Int) {
        let numbers = (1...outlets).compactMap(OutletNumber.init)
        state = Mutex(State(outlets: Dictionary(uniqueKeysWithValues: numbers.map { ($0, .off) })))
    }

    /// What it answers from now on.
    var failure: DriverError? {
        get { state.withLock(\.failure) }
        set { state.withLock { $0.failure = newValue } }
    }

    /// Whether it accepts switches and does nothing.
    var isStuck: Bool {
        get { state.withLock(\.isStuck) }
        set { state.withLock { $0.isStuck = newValue } }
    }

    /// Whether any outlet is on.
    var isOn: Bool { state.withLock { $0.outlets.values.contains(.on) } }

    /// Lets every switch wait from now on, until the signal is given.
    func holdSwitches(until gate: WakeSignal) {
        state.withLock { $0.gate = gate }
    }

    /// Somebody presses the button.
    func press(_ number: Int, _ power: PowerState) {
        guard let number = OutletNumber(number) else { return }
        state.withLock { $0.outlets[number] = power }
    }

    /// What the outlet draws, in watts.
    func measure(_ number: Int, _ watts: Double) {
        guard let number = OutletNumber(number) else { return }
        state.withLock { $0.power[number] = watts }
    }

    func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        try await body(self)
    }

    func shutDown() async {}

    func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading {
        let (outlets, power, failure) = state.withLock { ($0.outlets, $0.power, $0.failure) }
        if let failure { throw failure }
        return DeviceReading(
            outlets: outlets.mapValues { .settled($0) },
            outletMeasurements: power.mapValues { [.power: $0] },
            measurements: power.isEmpty ? [:] : [.power: power.values.reduce(0, +)]
        )
    }

    func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        await state.withLock(\.gate)?.wait()
        let failure = state.withLock { state -> DriverError? in
            if state.failure == nil, !state.isStuck { state.outlets.merge(orders) { $1 } }
            return state.failure
        }
        if let failure { throw failure }
    }
}
