import CPoll
import Glibc
import HeapModule
import Synchronization

/// One thread that waits for sockets, timers and work, and does everything that belongs to one another by turns: the
/// executor of the broker's session, the lanes and the SNMP engine, and of the tasks that run for them.
///
/// Whoever is on it must never block: not for a name, a disk, a lock that somebody holds for long, or a computation of
/// many milliseconds. What is given to it while it works runs later, in order, never at once. It is woken only when it
/// sleeps, so work that it makes for itself costs no system call.
public final class Loop: Sendable {
    /// The process's own. There is one for all, because net-snmp has no locks and has to stay on one thread.
    public static let shared = Loop(name: "busbar.loop")

    /// How long it works before it looks at sockets and timers again, in nanoseconds.
    private static let slice: UInt64 = 1_000_000
    /// How many events it takes from the system at once.
    private static let eventsAtOnce = 64
    private let core: LoopCore
    private let watch = Mutex(PauseWatch())
    private let poller: Int32
    /// Runs actors on the loop.
    public let executor: LoopExecutor
    /// Runs what is no actor's on the loop, for tasks that prefer it.
    public let tasks: LoopTaskExecutor

    /// A loop of its own, which runs until `stop()`. The process's own is `shared`.
    public init(name: String) {
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        let bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        precondition(poller >= 0 && bell >= 0, "no descriptors for the loop: \(String(cString: strerror(errno)))")
        core = LoopCore(bell: bell)
        executor = LoopExecutor(core)
        tasks = LoopTaskExecutor(core)
        var event = epoll_event()
        // Edges: it need not be read to be silent again.
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.u64 = LoopCore.ownNumber
        epoll_ctl(poller, EPOLL_CTL_ADD, bell, &event)
        start(name)
    }

    // MARK: - What others ask of it

    /// Nanoseconds of the system's monotonic clock.
    public static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Whether the caller is on the loop.
    public var isCurrent: Bool { core.isCurrent }

    /// Has something done on the loop, after everything that was asked for before.
    ///
    /// - Parameter label: says what it is where the log tells what has held up the loop.
    public func execute(_ label: StaticString, _ body: @escaping @Sendable () -> Void) {
        core.add(.call(label, body))
    }

    /// Lets everything else that is due have its turn: for whoever has a great deal to do.
    public func nextTurn() async {
        await withCheckedContinuation { continuation in execute("a turn") { continuation.resume() } }
    }

    /// The longest that nobody else could have a turn, within the last minute or two.
    public var longestPause: Duration { watch.withLock { $0.longest(at: Self.now) } }

    /// Has a pause of more than 50 ms told, at most once a minute, with what took longest in it.
    public func whenHeldUp(_ tell: @escaping @Sendable (Duration, StaticString) -> Void) {
        watch.withLock { $0.tell = tell }
    }

    /// Ends the thread once the work that waits is done. The shared one is never stopped.
    public func stop() {
        core.state.withLock { $0.isStopped = true }
        core.add(.call("the end") {})
    }

    // MARK: - Timers and descriptors

    func newNumber() -> UInt64 { core.newNumber() }

    func ring(_ number: UInt64, at deadline: UInt64, _ label: StaticString, _ body: @escaping @Sendable () -> Void) {
        core.ring(number, at: deadline, label, body)
    }

    func silence(_ number: UInt64) { core.state.withLock { _ = $0.alarms.removeValue(forKey: number) } }

    func add(_ number: UInt64, _ label: StaticString, _ body: @escaping @Sendable (LoopEvents) -> Void) {
        core.state.withLock { $0.sources[number] = LoopCore.Source(label: label, body: body) }
    }

    func watch(_ descriptor: Int32, _ number: UInt64, for events: LoopEvents, instead before: LoopEvents) {
        var event = epoll_event()
        event.events = events.mask
        event.data.u64 = number
        let action = events.isEmpty ? EPOLL_CTL_DEL : before.isEmpty ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        epoll_ctl(poller, action, descriptor, &event)
    }

    func remove(_ number: UInt64) { core.state.withLock { _ = $0.sources.removeValue(forKey: number) } }

    // MARK: - The thread

    private func start(_ name: String) {
        var thread = pthread_t()
        // The thread holds the loop for as long as it runs.
        let context = Unmanaged.passRetained(self).toOpaque()
        let outcome = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Loop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        precondition(outcome == 0, "no thread for the loop: \(String(cString: strerror(outcome)))")
        pthread_setname_np(thread, name)
        pthread_detach(thread)
    }

    private func run() {
        core.runsHere()
        var turn = Turn(at: Self.now)
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventsAtOnce)
        while true {
            work(&turn)
            ringDue(&turn)
            guard let wait = timeToSleep(turn) else { break }
            watch.withLock { $0.ended(turn) }?()
            let count = epoll_wait(poller, &events, Int32(events.count), wait)
            turn.begin(at: Self.now)
            core.state.withLock { $0.sleepsUntil = nil }
            for event in events.prefix(Int(max(0, count))) where event.data.u64 != LoopCore.ownNumber {
                // It may have been cancelled by what came before it.
                guard let source = core.state.withLock({ $0.sources[event.data.u64] }) else { continue }
                source.body(LoopEvents(mask: event.events))
                turn.did(source.label, until: Self.now)
            }
        }
        close(poller)
    }

    /// Does what waits, until nothing does or the time has come to look at the sockets again.
    private func work(_ turn: inout Turn) {
        let end = turn.time + Self.slice
        while turn.time < end {
            if turn.batch.isEmpty {
                core.state.withLock { swap(&$0.waiting, &turn.batch) }
                if turn.batch.isEmpty { return }
            }
            let work = turn.batch[turn.next]
            turn.next += 1
            switch work {
            case .serial(let job): executor.run(job, tasks)
            case .task(let job): tasks.run(job)
            case .call(_, let body): body()
            }
            turn.did(work.label, until: Self.now)
            if turn.next < turn.batch.count { continue }
            // What was done is let go of before the loop sleeps.
            turn.batch.removeAll(keepingCapacity: turn.batch.count <= 4096)
            turn.next = 0
        }
    }

    private func ringDue(_ turn: inout Turn) {
        while true {
            let alarm = core.state.withLock { state -> LoopCore.Alarm? in
                while let first = state.heap.min, first.deadline <= turn.time {
                    state.heap.removeMin()
                    guard state.alarms[first.number]?.deadline == first.deadline else { continue }
                    return state.alarms.removeValue(forKey: first.number)
                }
                return nil
            }
            guard let alarm else { return }
            alarm.body()
            turn.did(alarm.label, until: Self.now)
        }
    }

    /// How long nothing is to be done unless something happens, in milliseconds; -1 for ever, nothing at the end.
    private func timeToSleep(_ turn: Turn) -> Int32? {
        core.state.withLock { state in
            if turn.next < turn.batch.count || !state.waiting.isEmpty { return 0 }
            if state.isStopped { return nil }
            while let first = state.heap.min, state.alarms[first.number]?.deadline != first.deadline {
                state.heap.removeMin()
            }
            guard let first = state.heap.min else {
                state.sleepsUntil = .max
                return -1
            }
            if first.deadline <= turn.time { return 0 }
            state.sleepsUntil = first.deadline
            // Rather late than early, where it would only look at the clock and sleep again.
            return Int32(clamping: (first.deadline - turn.time + 999_999) / 1_000_000)
        }
    }
}

/// The work between two looks at the sockets.
private struct Turn {
    /// What is being worked off, and how far that has come.
    var batch: [LoopCore.Work] = []
    var next = 0
    /// The time as it was read last.
    private(set) var time: UInt64
    private(set) var begun: UInt64
    private(set) var longest: (label: StaticString, time: UInt64) = ("nothing", 0)

    init(at time: UInt64) {
        self.time = time
        begun = time
    }

    mutating func begin(at time: UInt64) {
        self.time = time
        begun = time
        longest = ("nothing", 0)
    }

    mutating func did(_ label: StaticString, until now: UInt64) {
        if now - time > longest.time { longest = (label, now - time) }
        time = now
    }
}

/// Knows how long the loop was busy at a stretch.
private struct PauseWatch {
    private static let tooLong: UInt64 = 50_000_000
    private static let minute: UInt64 = 60_000_000_000

    /// Whom to tell of a long one.
    var tell: (@Sendable (Duration, StaticString) -> Void)?
    private var toldAt: UInt64?
    private var since: UInt64 = 0
    private var longestNow: UInt64 = 0
    private var longestBefore: UInt64 = 0

    /// - Returns: what tells of it, where it was a long one.
    mutating func ended(_ turn: Turn) -> (() -> Void)? {
        let pause = turn.time - turn.begun
        if pause > longestNow || turn.time - since > Self.minute {
            pass(to: turn.time)
            longestNow = max(longestNow, pause)
        }
        guard pause > Self.tooLong, let tell, toldAt.map({ turn.time - $0 > Self.minute }) ?? true else { return nil }
        toldAt = turn.time
        return { tell(.nanoseconds(Int64(pause)), turn.longest.label) }
    }

    mutating func longest(at time: UInt64) -> Duration {
        pass(to: time)
        return .nanoseconds(Int64(max(longestNow, longestBefore)))
    }

    private mutating func pass(to time: UInt64) {
        let minutes = time > since ? (time - since) / Self.minute : 0
        guard minutes > 0 else { return }
        longestBefore = minutes == 1 ? longestNow : 0
        longestNow = 0
        since = time
    }
}

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
