import Testing

@testable import AgentWeb

@Suite("Power in buckets")
struct PowerSeriesTests {
    /// A series with one measurement in each of these buckets.
    private func series(_ buckets: some Sequence<Int>, capacity: Int) -> PowerSeries {
        var series = PowerSeries(bucket: 0)
        for bucket in buckets { series.add(Double(bucket), bucket: bucket, capacity: capacity) }
        return series
    }

    private func means(_ series: PowerSeries, through last: Int, capacity: Int) -> [Double?] {
        series.buckets(through: last, capacity: capacity).buckets.map { $0.map { ($0.mean * 10).rounded() / 10 } }
    }

    @Test(
        "a value survives its two bytes to within a thousandth",
        arguments: [0, 0.01, 0.4, 1, 7.3, 60, 2300, 65_000, -5]
    )
    func code(watts: Double) throws {
        let back = try #require(PowerCode.watts(PowerCode.code(watts)))
        #expect(abs(back - watts) <= abs(watts) * 0.001 + 0.00001)
    }

    @Test("what is too much for two bytes is the most they hold, and what is no number is absent")
    func limits() throws {
        #expect(try #require(PowerCode.watts(PowerCode.code(1e12))) > 1e6)
        #expect(try #require(PowerCode.watts(PowerCode.code(-1e300))) < -1e6)
        #expect(PowerCode.watts(PowerCode.code(.nan)) == nil)
        #expect(PowerCode.watts(PowerCode.code(.infinity)) == nil)
    }

    @Test("a bucket knows the least, the mean and the most of what was measured in it")
    func bucket() throws {
        var series = PowerSeries(bucket: 3)
        for watts in [10, 40, 25, Double.nan] { series.add(watts, bucket: 3, capacity: 4) }
        let (first, buckets) = series.buckets(through: 3, capacity: 4)
        #expect(first == 3)
        #expect(buckets == [PowerBucket(min: 10, mean: 25, max: 40)])
    }

    @Test("buckets without a measurement are absent, in between and at the end, and never zero")
    func gaps() {
        let series = series([0, 1, 4], capacity: 10)
        #expect(means(series, through: 6, capacity: 10) == [0, 1, nil, nil, 4, nil, nil])
    }

    @Test("the newest buckets are kept, around the ring several times")
    func ring() {
        let series = series(0..<100, capacity: 7)
        #expect(series.buckets(through: 99, capacity: 7).first == 92)
        #expect(means(series, through: 99, capacity: 7) == (92...99).map(Double.init))
        #expect(means(series, through: 103, capacity: 7) == [96, 97, 98, 99, nil, nil, nil, nil])
    }

    @Test("after a silence of more than everything that is kept it begins anew")
    func silence() {
        let series = series([0, 1, 2, 500], capacity: 7)
        #expect(means(series, through: 501, capacity: 7) == [500, nil])
        #expect(series.buckets(through: 600, capacity: 7).buckets.isEmpty)
    }

    @Test("a clock that goes back adds to the newest bucket")
    func back() {
        let series = series([5, 3], capacity: 7)
        #expect(series.buckets(through: 5, capacity: 7).first == 0)
        #expect(means(series, through: 5, capacity: 7).last == 4)
    }

    @Test("coarser buckets hold what two held, and gaps stay gaps", arguments: [0, 1])
    func coarser(first: Int) throws {
        var series = PowerSeries(bucket: first)
        for bucket in [first, first + 1, first + 2, first + 7, first + 8] {
            series.add(Double(bucket), bucket: bucket, capacity: 20)
            series.add(Double(bucket) + 1, bucket: bucket, capacity: 20)
        }
        series.coarsen(capacity: 10)
        let (start, buckets) = series.buckets(through: series.newest, capacity: 10)
        #expect(start == 0)
        #expect(buckets.map { $0 != nil } == [true, true, false, first == 0, true])
        let last = try #require(buckets.last ?? nil)
        #expect(last.max.rounded() == Double(first + 9))
        #expect(last.min.rounded() == 8)
        series.add(50, bucket: series.newest + 1, capacity: 10)
        #expect(means(series, through: series.newest, capacity: 10).last == 50)
    }

    @Test("any measurements in any order cost nothing more than the capacity, and nothing crashes")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var capacity = Int.random(in: 1...40, using: &generator)
            var series = PowerSeries(bucket: 0)
            var bucket = 0
            for _ in 0..<200 {
                bucket += Int.random(in: -1...5, using: &generator)
                series.add(Double.random(in: -10...1e5, using: &generator), bucket: bucket, capacity: capacity)
                if Int.random(in: 0..<60, using: &generator) == 0, capacity > 1 {
                    capacity /= 2
                    series.coarsen(capacity: capacity)
                    bucket /= 2
                }
                let (first, buckets) = series.buckets(through: bucket, capacity: capacity)
                #expect(buckets.count <= capacity + 1 && first + buckets.count - 1 == max(bucket, series.newest))
            }
        }
    }
}
