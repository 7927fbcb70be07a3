import CSNMPShim
import Dispatch
import Synchronization

/// Looks up hosts' names without holding up anything else.
struct HostResolver: Sendable {
    /// A look-up blocks its thread, for half a minute when no name server answers; this many may do so at once, and
    /// further ones wait.
    private static let queues = (0..<4).map { DispatchQueue(label: "snmp.names.\($0)") }
    private static let turn = Atomic<Int>(0)

    /// A host's address when it is given as one; nil when it is a name.
    static func numericAddress(_ host: String, port: UInt16) -> SocketAddress? {
        var address = csnmp_address()
        guard csnmp_resolve(host, true, &address) == 0 else { return nil }
        return SocketAddress(address, port: port)
    }

    /// A host's address; a cancelled task does not wait for it.
    static func address(of host: String, port: UInt16, errors: ErrorText) async -> Result<SocketAddress, SNMPError> {
        let answer = Once<Result<SocketAddress, SNMPError>>()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.wait(continuation)
                if Task.isCancelled { answer.give(.failure(errors.cancelled)) }
                let index = Self.turn.add(1, ordering: .relaxed).oldValue
                Self.queues[Int(UInt(bitPattern: index) % UInt(Self.queues.count))].async {
                    var address = csnmp_address()
                    let outcome = csnmp_resolve(host, false, &address)
                    if outcome == 0 {
                        answer.give(.success(SocketAddress(address, port: port)))
                    } else {
                        answer.give(.failure(errors.unknownHost(String(cString: csnmp_resolve_error(outcome)))))
                    }
                }
            }
        } onCancel: {
            answer.give(.failure(errors.cancelled))
        }
    }

    /// Whoever answers first resumes the waiting task.
    private final class Once<Value: Sendable>: Sendable {
        private let continuation = Mutex<CheckedContinuation<Value, Never>?>(nil)

        func wait(_ waiting: CheckedContinuation<Value, Never>) {
            continuation.withLock { $0 = waiting }
        }

        func give(_ value: Value) {
            continuation.withLock { $0.take() }?.resume(returning: value)
        }
    }
}
