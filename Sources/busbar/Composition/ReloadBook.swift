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

    /// How many there were, and the last.
    var current: (count: Int, last: Reload?) { state.withLock { $0 } }

    func note(problems: [String] = [], waiting: [String] = []) {
        state.withLock { $0 = ($0.count + 1, Reload(problems: problems, waiting: waiting)) }
    }
}
