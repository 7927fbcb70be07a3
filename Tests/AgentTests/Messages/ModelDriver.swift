import Power
import Synchronization

@testable import Agent

/// A model device as a driver, for real lanes in real time.
final class ModelDriver: PDUDriver, PDUSession {
    /// What goes wrong with one request.
    struct Fault: Sendable, CustomStringConvertible {
        enum Kind: Sendable, CaseIterable {
            /// The request does not reach the device.
            case isLost
            /// The device does what it is asked, and its answer is lost.
            case losesAnswer
            /// The device says no.
            case isRefused
            /// The device says yes, and the relay sticks.
            case sticks
            /// The answer takes a while.
            case isSlow
        }

        var kind: Kind
        /// Counted from 1, from the moment at which the fault is set.
        var request: Int

        var description: String { "\(kind) at request \(request)" }
    }

    private struct State {
        var device: ModelDevice
        var requests = 0
        var fault: Fault?
        var random: RandomSource
        var isDead = false
        /// Whether it says nothing for now, as a device that takes its time.
        var isHeld = false
        /// How many requests are under way, and how many were at the same time at most.
        var underWay = 0
        var mostAtOnce = 0
    }

    private let released = WakeSignal()

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

    /// From now on it answers nothing until it is released.
    func hold() { state.withLock { $0.isHeld = true } }

    /// It answers, also what it was asked meanwhile.
    func release() {
        state.withLock { $0.isHeld = false }
        released.signal()
    }

    /// How many requests were under way at the same time at most.
    var mostAtOnce: Int { state.withLock(\.mostAtOnce) }

    /// Counts a request as long as it is under way.
    private func counted<Value>(
        _ body: nonisolated(nonsending) () async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        state.withLock { state in
            state.underWay += 1
            state.mostAtOnce = max(state.mostAtOnce, state.underWay)
        }
        defer { state.withLock { $0.underWay -= 1 } }
        await Task.yield()
        while state.withLock(\.isHeld) {
            guard !Task.isCancelled else { throw DriverError(.cancelled, "nobody waits for the answer any more") }
            await released.wait()
        }
        return try await body()
    }

    /// From now on requests are counted, and one of them goes wrong where there is a fault.
    func count(with fault: Fault?) {
        state.withLock { ($0.requests, $0.fault) = (0, fault) }
    }

    /// How many requests there were since they are counted.
    var requests: Int { state.withLock(\.requests) }

    /// Puts its outlets into a state that nobody asked for.
    func put(_ outlets: [OutletNumber: PowerState]) { state.withLock { $0.device.states.merge(outlets) { $1 } } }

    private func nextFault() async -> Fault.Kind? {
        let kind = state.withLock { state in
            state.requests += 1
            return state.fault?.request == state.requests ? state.fault?.kind : nil
        }
        if kind == .isSlow { await timekeeper.sleep(until: timekeeper.now + .milliseconds(30)) }
        return kind
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
        try await counted { () async throws(DriverError) in try await answer() }
    }

    private func answer() async throws(DriverError) -> DeviceReading {
        let fault = await nextFault()
        let result = state.withLock { state -> Result<DeviceReading, DriverError> in
            if fault == .isRefused { return .failure(DriverError(.refused, "no")) }
            guard !state.isDead, fault != .isLost, fault != .losesAnswer else {
                return .failure(DriverError(.timeout, "no answer"))
            }
            return state.device.read(at: timekeeper.now, using: &state.random)
        }
        return try result.get()
    }

    func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        try await counted { () async throws(DriverError) in try await carryOut(orders) }
    }

    private func carryOut(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        let fault = await nextFault()
        let error = state.withLock { state -> DriverError? in
            switch fault {
            case .isLost: return DriverError(.timeout, "no answer")
            case .isRefused: return DriverError(.refused, "no")
            case .sticks: return nil
            case .losesAnswer, .isSlow, nil: break
            }
            guard !state.isDead else { return DriverError(.timeout, "no answer") }
            let error = state.device.set(orders, { _ in nil }, at: timekeeper.now, using: &state.random)
            return fault == .losesAnswer ? DriverError(.timeout, "the answer was lost") : error
        }
        if let error { throw error }
    }
}
