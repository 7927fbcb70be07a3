/// What something drew over the last hours.
struct PowerCurve: Sendable, Equatable {
    /// When the first bucket begins, in seconds on the history's clock.
    let start: Int
    /// How long a bucket is, in seconds.
    let width: Int
    /// The buckets up to now, the oldest first; nothing for one in which nothing was measured.
    let buckets: [PowerBucket?]
}
