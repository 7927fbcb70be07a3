import Glibc
import HeapModule
import Synchronization

/// What waits to be done on a loop, and how others wake it.
final class LoopCore: Sendable {
    /// The number under which its own wake-up is watched.
    static let ownNumber: UInt64 = 0

    enum Work: Sendable {
        case serial(UnownedJob)
        case task(UnownedJob)
        case call(StaticString, @Sendable () -> Void)

        var label: StaticString {
            switch self {
            case .serial, .task: "a task"
            case .call(let label, _): label
            }
        }
    }

    /// A timer that is set.
    struct Alarm {
        let deadline: UInt64
        let label: StaticString
        let body: @Sendable () -> Void
    }

    /// When to look at a timer; where it was set anew meanwhile, there is another for it.
    struct Due: Comparable {
        let deadline: UInt64
        let number: UInt64

        static func < (left: Due, right: Due) -> Bool { (left.deadline, left.number) < (right.deadline, right.number) }
    }

    /// Whom to call when something happens to a descriptor.
    struct Source {
        let label: StaticString
        let body: @Sendable (LoopEvents) -> Void
    }

    struct State {
        var waiting: [Work] = []
        var alarms: [UInt64: Alarm] = [:]
        var heap = Heap<Due>()
        var sources: [UInt64: Source] = [:]
        var lastNumber = LoopCore.ownNumber
        /// Until when it sleeps if nobody wakes it; nothing while it works or has been woken.
        var sleepsUntil: UInt64?
        var isStopped = false
    }

    let state = Mutex(State())
    private let bell: Int32
    private let thread = Atomic<UInt>(0)

    init(bell: Int32) { self.bell = bell }

    deinit { close(bell) }

    var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    func runsHere() { thread.store(UInt(pthread_self()), ordering: .relaxed) }

    func add(_ work: Work) {
        let mustWake = state.withLock { state in
            state.waiting.append(work)
            defer { state.sleepsUntil = nil }
            return state.sleepsUntil != nil
        }
        if mustWake { wake() }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(bell, &one, MemoryLayout<UInt64>.size)
    }

    func newNumber() -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    func ring(_ number: UInt64, at deadline: UInt64, _ label: StaticString, _ body: @escaping @Sendable () -> Void) {
        let mustWake = state.withLock { state in
            let before = state.alarms.updateValue(Alarm(deadline: deadline, label: label, body: body), forKey: number)
            if before?.deadline != deadline { state.heap.insert(Due(deadline: deadline, number: number)) }
            // Those that were set anew would else stay until their time.
            if state.heap.count > 2 * state.alarms.count + 256 {
                state.heap = Heap(state.alarms.map { Due(deadline: $1.deadline, number: $0) })
            }
            guard let end = state.sleepsUntil, deadline < end else { return false }
            state.sleepsUntil = nil
            return true
        }
        if mustWake { wake() }
    }
}
