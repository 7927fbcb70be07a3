import Synchronization

/// Collects what happens, and lets tests wait for what they expect instead of sleeping.
public final class Recorder<Element: Sendable>: Sendable {
    private struct Waiter {
        let id: Int
        let from: Int
        let matches: @Sendable (Element) -> Bool
        let continuation: CheckedContinuation<(index: Int, element: Element)?, Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    /// Everything collected so far.
    public var elements: [Element] { state.withLock { $0.elements } }
    /// How many there are so far.
    public var count: Int { state.withLock { $0.elements.count } }

    /// A recorder of nothing yet.
    public init() {}

    /// Adds an element.
    public func append(_ element: Element) {
        let met = state.withLock { state in
            state.elements.append(element)
            let index = state.elements.count - 1
            let met = state.waiters.filter { index >= $0.from && $0.matches(element) }
            state.waiters.removeAll { waiter in met.contains { $0.id == waiter.id } }
            return met.map { ($0.continuation, index) }
        }
        for (continuation, index) in met { continuation.resume(returning: (index, element)) }
    }

    /// The first element from an index on that matches, now or later.
    ///
    /// - Returns: the index behind it, to go on from, and the element.
    /// - Throws: `CancellationError` when the task is cancelled before.
    @discardableResult
    public func first(
        from: Int = 0,
        where matches: @escaping @Sendable (Element) -> Bool
    ) async throws -> (next: Int, element: Element) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let found = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                start(Waiter(id: id, from: from, matches: matches, continuation: continuation))
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(returning: nil)
        }
        guard let found else { throw CancellationError() }
        return (found.index + 1, found.element)
    }

    private func start(_ waiter: Waiter) {
        let result: (index: Int, element: Element)?? = state.withLock { state in
            for index in state.elements.indices where index >= waiter.from && waiter.matches(state.elements[index]) {
                return (index, state.elements[index])
            }
            if Task.isCancelled { return .some(nil) }
            state.waiters.append(waiter)
            return nil
        }
        if let result { waiter.continuation.resume(returning: result) }
    }
}
