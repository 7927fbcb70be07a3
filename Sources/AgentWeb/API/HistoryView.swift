import Agent
import Foundation
import Power

/// What something measured over some time, as the interface shows it.
struct HistoryView: Encodable {
    let pdu: String
    let outlet: Int?
    let quantity: String
    /// How far back anything is kept, in seconds.
    let kept: Int
    /// How often the device is read, in seconds.
    let poll: Double
    /// When the first bucket begins; absent when there is none.
    private(set) var from: String?
    private(set) var bucket: Int
    private(set) var min: [Double?] = []
    private(set) var mean: [Double?] = []
    private(set) var max: [Double?] = []

    private enum CodingKeys: String, CodingKey {
        case pdu
        case outlet
        case quantity
        case kept = "kept_s"
        case poll = "poll_s"
        case from
        case bucket = "bucket_s"
        case min
        case mean
        case max
    }

    private init(_ pdu: PDUView, _ outlet: OutletNumber?, _ quantity: Quantity, kept: Int, bucket: Int) {
        self.pdu = pdu.name
        self.outlet = outlet?.rawValue
        self.quantity = quantity.rawValue
        self.kept = kept
        // What agents elsewhere measure they tell once a minute at least.
        poll = pdu.poll ?? 60
        self.bucket = bucket
    }

    /// What was drawn over the last hours, from memory.
    ///
    /// - Parameter curve: what is known, and how many seconds ago its first bucket began.
    init(
        _ pdu: PDUView,
        _ outlet: OutletNumber?,
        _ limits: HistoryLimits,
        _ curve: (curve: PowerCurve, age: Int)?,
        now: Date
    ) {
        self.init(
            pdu,
            outlet,
            .power,
            kept: Int(limits.span.inSeconds),
            bucket: curve?.curve.width ?? PowerHistory.finest
        )
        from = curve.map { RFC3339.text(now.addingTimeInterval(-Double($0.age))) }
        let buckets = curve?.curve.buckets ?? []
        min = buckets.map { $0.map { Self.rounded($0.min, 100) } }
        mean = buckets.map { $0.map { Self.rounded($0.mean, 100) } }
        max = buckets.map { $0.map { Self.rounded($0.max, 100) } }
    }

    /// What was measured, from the disk.
    ///
    /// - Parameter found: the buckets that have something, the oldest first, and how long they are.
    init(
        _ pdu: PDUView,
        _ outlet: OutletNumber?,
        _ query: HistoryQuery,
        _ found: (width: Int, buckets: [HistoryStore.Bucket]),
        isKeeping: Bool
    ) {
        let buckets = found.buckets
        let kept = isKeeping ? HistoryStore.levels.last?.age ?? 0 : 0
        self.init(pdu, outlet, query.quantity, kept: kept, bucket: found.width)
        guard let first = buckets.first, let last = buckets.last else { return }
        from = RFC3339.text(Date(timeIntervalSince1970: Double(first.start)))
        let count = (last.start - first.start) / bucket + 1
        min = Array(repeating: nil, count: count)
        (mean, max) = (min, min)
        for one in buckets {
            let place = (one.start - first.start) / bucket
            min[place] = Self.rounded(one.min, 10_000)
            mean[place] = Self.rounded(one.mean, 10_000)
            max[place] = Self.rounded(one.max, 10_000)
        }
    }

    private static func rounded(_ value: Double, _ precision: Double) -> Double {
        (value * precision).rounded() / precision
    }
}
