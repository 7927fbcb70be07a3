/// What was drawn during one piece of time, in watts.
struct PowerBucket: Sendable, Equatable {
    var min: Double
    var mean: Double
    var max: Double

    /// The two together, each for the same length of time.
    func merged(with other: PowerBucket) -> PowerBucket {
        PowerBucket(min: Swift.min(min, other.min), mean: (mean + other.mean) / 2, max: Swift.max(max, other.max))
    }
}
