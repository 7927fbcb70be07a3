public import Power
import Synchronization

/// Gives leave to write to one PDU for as long as this agent owns it.
public protocol WriteFence: Sendable {
    /// Shows by a transaction that this agent still owns the PDU, and notes in it what is about to be written.
    ///
    /// - Parameters:
    ///   - orders: the outlets and what they are told, as `ON`, `OFF` or `CYCLE`.
    ///   - lead: another PDU that this agent has to own for it, because only the owner of that one switches on in a circuit.
    /// - Throws: `notPermitted` when the PDU is another agent's by now, `noQuorum` when nobody can tell.
    nonisolated(nonsending) func permit(
        _ orders: [OutletNumber: String],
        with lead: PDUName?
    ) async throws(DriverError) -> WritePermit

    /// The device has answered the write of a permit: no request of it leaves any more.
    func answered(_ permit: WritePermit)
}

/// A driver of a PDU that several agents share: every write needs a permit, and the first one a reading before it.
///
/// The lane of such a PDU has no other driver, so it cannot write without a permit.
struct FencedDriver: PDUDriver {
    private let inner: any PDUDriver
    private let fence: any WriteFence
    /// The PDU that has to be owned too for an outlet to be switched on.
    private let lead: @Sendable (OutletNumber) -> PDUName?
    private let memory = Memory()

    /// Whether the device was read since this agent owns it: nobody writes to a device that he has not seen.
    fileprivate final class Memory: Sendable {
        let hasRead = Mutex(false)
    }

    init(
        _ inner: any PDUDriver,
        fence: any WriteFence,
        lead: @escaping @Sendable (OutletNumber) -> PDUName? = { _ in nil }
    ) {
        self.inner = inner
        self.fence = fence
        self.lead = lead
    }

    var traits: DriverTraits { inner.traits }

    nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        try await inner.withSession { session async throws(DriverError) in
            try await body(FencedSession(inner: session, fence: fence, lead: lead, memory: memory))
        }
    }

    nonisolated(nonsending) func shutDown() async {
        await inner.shutDown()
    }
}

/// A session in which every write has a permit of its own.
private struct FencedSession: PDUSession {
    let inner: any PDUSession
    let fence: any WriteFence
    let lead: @Sendable (OutletNumber) -> PDUName?
    let memory: FencedDriver.Memory

    nonisolated(nonsending) func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading {
        let reading = try await inner.read(scope)
        memory.hasRead.withLock { $0 = true }
        return reading
    }

    nonisolated(nonsending) func read(
        _ scope: ReadScope,
        mustGiveWay: @escaping @Sendable () -> Bool
    ) async throws(DriverError) -> DeviceReading {
        let reading = try await inner.read(scope, mustGiveWay: mustGiveWay)
        memory.hasRead.withLock { $0 = true }
        return reading
    }

    nonisolated(nonsending) func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        try await write(orders.mapValues(\.rawValue)) { session async throws(DriverError) in
            try await session.set(orders)
        }
    }

    nonisolated(nonsending) func cycle(_ outlet: OutletNumber) async throws(DriverError) {
        try await write([outlet: "CYCLE"]) { session async throws(DriverError) in try await session.cycle(outlet) }
    }

    nonisolated(nonsending) func describe() async throws(DriverError) -> DeviceDescription {
        try await inner.describe()
    }

    private nonisolated(nonsending) func write(
        _ orders: [OutletNumber: String],
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Void
    ) async throws(DriverError) {
        if !memory.hasRead.withLock(\.self) {
            do throws(DriverError) {
                _ = try await read(.states(Set(orders.keys)))
            } catch {
                // Nothing was written, whatever became of the question.
                throw DriverError(error.leavesDoubt ? .unreachable : error.code, error.message)
            }
        }
        let on = PowerState.on.rawValue
        let lead = orders.lazy.filter { $0.value == on }.compactMap { self.lead($0.key) }.first
        let permit = try await fence.permit(orders, with: lead)
        let result: Result<Void, DriverError> = await WritePermit.$current.withValue(permit) {
            do throws(DriverError) {
                return .success(try await body(inner))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        fence.answered(permit)
    }
}
