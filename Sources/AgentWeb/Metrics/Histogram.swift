/// Counts durations by how long they were.
struct Histogram: Sendable, Equatable {
    /// The buckets' upper bounds in seconds: from what a fast device takes to the longest cycles.
    static let bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    private var counts = [UInt64](repeating: 0, count: Self.bounds.count + 1)
    /// The seconds counted together.
    private(set) var sum = 0.0

    mutating func add(_ seconds: Double) {
        let place = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        counts[place] += 1
        sum += seconds
    }

    var count: UInt64 { counts.reduce(0, +) }

    /// How many were at most so long; the last bound is infinite.
    var cumulative: [(bound: Double, count: UInt64)] {
        var total: UInt64 = 0
        return zip(Self.bounds + [.infinity], counts).map { bound, count in
            total += count
            return (bound, total)
        }
    }
}
