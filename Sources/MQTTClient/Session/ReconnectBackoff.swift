/// How long to wait before the next try: doubling from at most 200 ms to at most 30 s, each wait between the half and
/// the whole of that, so that clients of a broker that comes back do not all arrive at once.
struct ReconnectBackoff: Sendable, Equatable {
    static let minimum: Duration = .milliseconds(100)
    static let maximum: Duration = .seconds(30)

    private var ceiling: Duration

    /// - Parameter first: the shortest first wait.
    init(first: Duration = Self.minimum) {
        start = min(max(first, Self.minimum) * 2, Self.maximum)
        ceiling = start
    }

    private let start: Duration

    /// The next wait.
    mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        let delay = ceiling * Double.random(in: 0.5...1, using: &random)
        ceiling = min(ceiling * 2, Self.maximum)
        return min(max(delay, Self.minimum), Self.maximum)
    }

    /// Starts again from the shortest wait.
    mutating func reset() { ceiling = start }
}
