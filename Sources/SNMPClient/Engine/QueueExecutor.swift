import Dispatch

/// Runs actors' jobs on a Dispatch queue, one at a time.
///
/// `DispatchSerialQueue`, which is an executor itself, does not exist on Linux.
final class QueueExecutor: SerialExecutor {
    /// The queue, for event sources and closures that belong on the executor.
    let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    // Without this, an event handler that asks for its actor's isolation traps.
    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
