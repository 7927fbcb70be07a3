import SNMPClient
import Synchronization

@testable import SNMPDriver

/// A device that is nothing but a table of objects, with the ways in which real ones misbehave.
final class TableDevice: DeviceAccess {
    struct State {
        var objects: [OID: SNMPValue] = [:]
        /// The objects of each GET.
        var gets: [[OID]] = []
        /// What each SET wrote, and how often it was to be repeated.
        var sets: [(varBinds: [VarBind], retries: Int?)] = []
        var walks = 0
        var closed = 0
        /// Thrown by the next requests instead of an answer.
        var failures: [SNMPError] = []
        /// Thrown by the next SETs.
        var setFailures: [SNMPError?] = []
    }

    let retries: Int
    let failsAsAWhole: Bool
    /// More objects than these in one request are too big.
    let capacity: Int
    /// It says nothing to a request that is too big.
    let isSilent: Bool
    let state: Mutex<State>

    init(
        _ objects: [OID: SNMPValue],
        version1: Bool = false,
        capacity: Int = 1000,
        isSilent: Bool = false,
        retries: Int = 2
    ) {
        failsAsAWhole = version1
        self.capacity = capacity
        self.isSilent = isSilent
        self.retries = retries
        state = Mutex(State(objects: objects))
    }

    subscript(oid: OID) -> SNMPValue? {
        get { state.withLock { $0.objects[oid] } }
        set { state.withLock { $0.objects[oid] = newValue } }
    }

    var gets: [[OID]] { state.withLock { $0.gets } }
    var sets: [[VarBind]] { state.withLock { $0.sets.map(\.varBinds) } }
    var closed: Int { state.withLock { $0.closed } }
    var setRetries: [Int?] { state.withLock { $0.sets.map(\.retries) } }

    func forgetRequests() {
        state.withLock { state in
            state.gets = []
            state.sets = []
            state.walks = 0
        }
    }

    func fail(with error: SNMPError) { state.withLock { $0.failures.append(error) } }
    func failSet(with error: SNMPError?) { state.withLock { $0.setFailures.append(error) } }

    nonisolated(nonsending) func get(_ oids: [OID], retries: Int?) async throws(SNMPError) -> SNMPReply {
        let result = state.withLock { state -> Result<[VarBind], SNMPError> in
            state.gets.append(oids)
            if !state.failures.isEmpty { return .failure(state.failures.removeFirst()) }
            if oids.count > capacity {
                return .failure(isSilent ? SNMPError(.noAnswer, "no answer") : SNMPError(.tooBig, "too big"))
            }
            if failsAsAWhole, let missing = oids.first(where: { state.objects[$0] == nil }) {
                return .failure(SNMPError(.noSuchObject, "no such name", oid: missing))
            }
            return .success(oids.map { VarBind($0, state.objects[$0] ?? .noSuchInstance) })
        }
        return SNMPReply(try result.get())
    }

    nonisolated(nonsending) func getNext(_ oid: OID, pacer: DevicePacer) async throws(SNMPError) -> VarBind? {
        let next = state.withLock { state in
            state.objects.filter { $0.key > oid }.min { $0.key < $1.key }.map { VarBind($0.key, $0.value) }
        }
        if next == nil, failsAsAWhole { throw SNMPError(.noSuchObject, "no such name", oid: oid) }
        return next ?? VarBind(oid, .endOfMIBView)
    }

    nonisolated(nonsending) func walk(_ root: OID, pacer: DevicePacer) async throws(SNMPError) -> [VarBind] {
        state.withLock { state in
            state.walks += 1
            return state.objects.filter { $0.key.starts(with: root) }.sorted { $0.key < $1.key }
                .map { VarBind($0.key, $0.value) }
        }
    }

    nonisolated(nonsending) func set(_ varBinds: [VarBind], retries: Int?) async throws(SNMPError) -> SNMPReply {
        let failure = state.withLock { state -> SNMPError? in
            state.sets.append((varBinds, retries))
            if !state.setFailures.isEmpty, let failure = state.setFailures.removeFirst() { return failure }
            for varBind in varBinds { state.objects[varBind.oid] = varBind.value }
            return nil
        }
        if let failure { throw failure }
        return SNMPReply(varBinds)
    }

    nonisolated(nonsending) func close() async {
        state.withLock { $0.closed += 1 }
    }
}
