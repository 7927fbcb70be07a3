/// What one outlet or PDU drew, in buckets of equal length: the newest so many, six bytes each.
///
/// Buckets are numbered from the clock's start. One in which nothing was measured is absent, never zero. Memory is taken
/// as buckets are filled, a few at a time, and never for more than the capacity.
struct PowerSeries: Sendable {
    /// How many buckets are made room for at a time.
    private static let growth = 32

    /// Minimum, mean and maximum of each closed bucket, coded; a ring once it is full.
    private var codes: [Int16] = []
    /// Where the oldest closed bucket is, counted in buckets.
    private var oldest: Int32 = 0
    /// The number of the bucket that is being filled.
    private var open: Int32
    private var count: Int32 = 0
    private var sum = 0.0
    private var minimum: Float = 0
    private var maximum: Float = 0

    /// A series whose first bucket has this number.
    init(bucket: Int) {
        open = Int32(clamping: bucket)
    }

    /// The number of the newest bucket with a measurement.
    var newest: Int { Int(open) }

    private var closedCount: Int { codes.count / 3 }

    /// Adds a measurement.
    ///
    /// - Parameters:
    ///   - bucket: the number of the bucket that it falls into.
    ///   - capacity: how many closed buckets are kept, at least 1; the same for every call.
    mutating func add(_ watts: Double, bucket: Int, capacity: Int) {
        guard watts.isFinite else { return }
        let bucket = Int32(clamping: bucket)
        if bucket > open { close(before: bucket, capacity: capacity) }
        let value = Float(watts)
        minimum = count == 0 ? value : min(minimum, value)
        maximum = count == 0 ? value : max(maximum, value)
        sum += watts
        count += 1
    }

    /// The kept buckets up to one of this number, and the number of the first.
    func buckets(through last: Int, capacity: Int) -> (first: Int, buckets: [PowerBucket?]) {
        let last = max(last, newest)
        let first = max(newest - closedCount, last - capacity)
        guard first <= newest else { return (last, []) }
        var buckets: [PowerBucket?] = []
        buckets.reserveCapacity(last - first + 1)
        for number in first..<newest { buckets.append(closed(closedCount - (newest - number))) }
        buckets.append(current)
        buckets.append(contentsOf: repeatElement(nil, count: last - newest))
        return (first, buckets)
    }

    /// Makes every bucket twice as long.
    ///
    /// - Parameter capacity: how many closed buckets are kept from now on.
    mutating func coarsen(capacity: Int) {
        let (first, buckets) = buckets(through: newest, capacity: closedCount)
        var merged: [PowerBucket?] = []
        for (place, bucket) in buckets.enumerated() {
            if place > 0, (first + place) % 2 == 1, let half = merged.popLast() {
                merged.append(bucket.flatMap { half?.merged(with: $0) } ?? bucket ?? half)
            } else {
                merged.append(bucket)
            }
        }
        open /= 2
        codes = []
        oldest = 0
        if let last = merged.popLast().flatMap(\.self) {
            minimum = Float(last.min)
            maximum = Float(last.max)
            sum = last.mean * Double(max(count, 1))
            count = max(count, 1)
        }
        for bucket in merged.suffix(capacity) { append(bucket, capacity: capacity) }
    }

    private var current: PowerBucket? {
        guard count > 0 else { return nil }
        return PowerBucket(min: Double(minimum), mean: sum / Double(count), max: Double(maximum))
    }

    /// The closed bucket at a place, the oldest first.
    private func closed(_ place: Int) -> PowerBucket? {
        let at = (Int(oldest) + place) % closedCount * 3
        guard let low = PowerCode.watts(codes[at]), let mean = PowerCode.watts(codes[at + 1]),
            let high = PowerCode.watts(codes[at + 2])
        else { return nil }
        return PowerBucket(min: low, mean: mean, max: high)
    }

    private mutating func close(before next: Int32, capacity: Int) {
        let gap = Int(next - open) - 1
        if gap >= capacity {
            codes = []
            oldest = 0
        } else {
            append(current, capacity: capacity)
            for _ in 0..<gap { append(nil, capacity: capacity) }
        }
        open = next
        count = 0
        sum = 0
    }

    private mutating func append(_ bucket: PowerBucket?, capacity: Int) {
        let parts = bucket.map { [PowerCode.code($0.min), PowerCode.code($0.mean), PowerCode.code($0.max)] }
        let codes = parts ?? Array(repeating: PowerCode.absent, count: 3)
        guard closedCount >= capacity else {
            if self.codes.capacity < self.codes.count + 3 {
                self.codes.reserveCapacity(min(capacity, closedCount + Self.growth) * 3)
            }
            self.codes.append(contentsOf: codes)
            return
        }
        self.codes.replaceSubrange(Int(oldest) * 3..<Int(oldest) * 3 + 3, with: codes)
        oldest = (oldest + 1) % Int32(capacity)
    }
}
