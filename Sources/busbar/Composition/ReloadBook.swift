import Synchronization

/// What became of reloads, for `busbar reload`, which asks.
final class ReloadBook: Sendable {
    /// One reload.
    struct Reload: Codable, Equatable, Sendable {
        /// Why the configuration stayed as it was; none where the new one is in force.
        var problems: [String]
        /// The sections of which changes need a start.
        var waiting: [String]
    }

    private let state = Mutex<(count: Int, last: Reload?)>((0, nil))
    private let waiting = Mutex<[CheckedContinuation<Reload, Never>]>([])
    /// Says that the configuration is to be read again; one that waits is enough.
    let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation

    init() {
        (wishes, wish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Has the configuration read again.
    func ask() { wish.yield() }

    /// Has the configuration read again, and waits for what becomes of it.
    func request() async -> Reload {
        await withCheckedContinuation { continuation in
            waiting.withLock { $0.append(continuation) }
            if case .terminated = wish.yield() { answer(waiters(), with: Self.stopping) }
        }
    }

    /// Those who wait for what is read from now on.
    func waiters() -> [CheckedContinuation<Reload, Never>] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    func answer(_ waiters: [CheckedContinuation<Reload, Never>], with reload: Reload) {
        for waiter in waiters { waiter.resume(returning: reload) }
    }

    /// Nothing is read any more.
    func end() {
        wish.finish()
        answer(waiters(), with: Self.stopping)
    }

    private static let stopping = Reload(problems: ["the agent is stopping"], waiting: [])

    /// How many there were, and the last.
    var current: (count: Int, last: Reload?) { state.withLock { $0 } }

    func note(problems: [String] = [], waiting: [String] = []) {
        state.withLock { $0 = ($0.count + 1, Reload(problems: problems, waiting: waiting)) }
    }
}
