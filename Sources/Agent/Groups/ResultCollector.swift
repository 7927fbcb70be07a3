import Synchronization

/// Gathers the results of a group's members and wakes the group when they are there.
final class ResultCollector<Result: Sendable>: Sendable {
    private let results: Mutex<[Result?]>
    private let signal = WakeSignal()

    init(count: Int) {
        results = Mutex(Array(repeating: nil, count: count))
    }

    subscript(place: Int) -> Result? {
        results.withLock { $0[place] }
    }

    /// The results in their order; those that are missing are left out.
    var all: [Result] {
        results.withLock { $0.compactMap(\.self) }
    }

    func add(_ result: Result, at place: Int) {
        results.withLock { $0[place] = result }
        signal.signal()
    }

    func wait(for place: Int) async {
        while self[place] == nil, !Task.isCancelled { await signal.wait() }
    }

    func waitForAll() async {
        while results.withLock({ $0.contains { $0 == nil } }), !Task.isCancelled { await signal.wait() }
    }
}
