/// Runs actors on a loop, one piece of work after the other: actors of the same loop call each other without waiting.
public final class LoopExecutor: SerialExecutor {
    private let core: LoopCore

    init(_ core: LoopCore) { self.core = core }

    /// Has a job run on the loop.
    public func enqueue(_ job: consuming ExecutorJob) { core.add(.serial(UnownedJob(job))) }

    /// Traps unless the caller is on the loop.
    public func checkIsolated() { precondition(core.isCurrent, "not on the loop") }

    /// Whether the caller is on the loop.
    public func isIsolatingCurrentContext() -> Bool? { core.isCurrent }

    func run(_ job: UnownedJob, _ tasks: LoopTaskExecutor) {
        unsafe job.runSynchronously(
            isolatedTo: asUnownedSerialExecutor(),
            taskExecutor: tasks.asUnownedTaskExecutor()
        )
    }
}

/// Runs what is no actor's on a loop, for the tasks that prefer it (`withTaskExecutorPreference`).
///
/// It is not one with `LoopExecutor`: a job does not say whether it came as an actor's, and what is no actor's, run as if
/// it were, would be enqueued once more.
public final class LoopTaskExecutor: TaskExecutor {
    private let core: LoopCore

    init(_ core: LoopCore) { self.core = core }

    /// Has a job run on the loop.
    public func enqueue(_ job: consuming ExecutorJob) { core.add(.task(UnownedJob(job))) }

    func run(_ job: UnownedJob) { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
}
