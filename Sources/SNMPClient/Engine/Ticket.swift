import Synchronization

/// Identifies a request between the task that waits for it and the executor that carries it out.
final class Ticket: Sendable {
    let token: UInt64
    private let isCancelledFlag = Atomic(false)

    init(_ token: UInt64) {
        self.token = token
    }

    /// Whether the waiting task was cancelled, perhaps before the request reached the executor.
    var isCancelled: Bool { isCancelledFlag.load(ordering: .acquiring) }

    func cancel() {
        isCancelledFlag.store(true, ordering: .releasing)
    }
}
