import Synchronization

/// Who guessed wrong how often, and how long he has to pause for it.
struct GuessBook {
    /// How many wrong guesses of an address are free.
    static let free = 3
    /// After how long without a wrong guess an address is forgotten.
    static let memory = Duration.seconds(600)
    /// How many addresses are known; the one that has guessed for the longest time not is forgotten for a new one.
    static let capacity = 1024

    private struct Guesses {
        var count = 0
        var last: ContinuousClock.Instant
        var pause = Duration.zero
    }

    /// The first pause; each further one is twice as long.
    private let firstPause: Duration
    private let longestPause: Duration
    private var guesses: [PeerAddress: Guesses] = [:]

    init(firstPause: Duration = .seconds(1), longestPause: Duration = .seconds(60)) {
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// How long what an address shows is not even looked at.
    func pause(of address: PeerAddress, at now: ContinuousClock.Instant) -> Duration? {
        guard let known = guesses[address] else { return nil }
        let rest = known.pause - (now - known.last)
        return rest > .zero ? rest : nil
    }

    /// An address has guessed wrong.
    mutating func wrong(_ address: PeerAddress, at now: ContinuousClock.Instant) {
        var known = guesses[address] ?? Guesses(last: now)
        if now - known.last > Self.memory { known = Guesses(last: now) }
        known.count += 1
        known.last = now
        if known.count > Self.free { known.pause = min(max(known.pause * 2, firstPause), longestPause) }
        if guesses[address] == nil, guesses.count >= Self.capacity { forget(at: now) }
        guesses[address] = known
    }

    private mutating func forget(at now: ContinuousClock.Instant) {
        guesses = guesses.filter { now - $0.value.last <= Self.memory }
        guard guesses.count >= Self.capacity, let oldest = guesses.min(by: { $0.value.last < $1.value.last }) else {
            return
        }
        guesses[oldest.key] = nil
    }

    var count: Int { guesses.count }
}

/// The guesses at one listener, on whichever thread they come.
final class GuessDesk: Sendable {
    private let book: Mutex<GuessBook>

    init(_ book: GuessBook = GuessBook()) { self.book = Mutex(book) }

    func withBook<Value: Sendable>(_ body: (inout GuessBook) -> Value) -> Value {
        book.withLock { body(&$0) }
    }
}
