import Dispatch

/// Runs an actor on a serial dispatch queue of its own, where libmosquitto may block in a name look-up without holding
/// up Swift's pool of threads.
final class QueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label, qos: .userInitiated) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Without this, `assumeIsolated` in the handlers of the queue's sources traps.
    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
