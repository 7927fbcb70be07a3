import Agent
import Foundation
import Power

/// What something drew over the last hours, as the interface shows it.
struct HistoryView: Encodable {
    let pdu: String
    let outlet: Int?
    let unit = "W"
    /// How far back anything is kept, in seconds.
    let kept: Int
    /// How often the device is read, in seconds.
    let poll: Double
    /// When the first bucket begins; absent when there is none.
    let from: String?
    let bucket: Int
    let min: [Double?]
    let mean: [Double?]
    let max: [Double?]

    private enum CodingKeys: String, CodingKey {
        case pdu
        case outlet
        case unit
        case kept = "kept_s"
        case poll = "poll_s"
        case from
        case bucket = "bucket_s"
        case min
        case mean
        case max
    }

    /// - Parameter curve: what is known, and how many seconds ago its first bucket began.
    init(
        _ rules: LaneRules,
        _ outlet: OutletNumber?,
        _ limits: HistoryLimits,
        _ curve: (curve: PowerCurve, age: Int)?,
        now: Date
    ) {
        pdu = rules.pdu.rawValue
        self.outlet = outlet?.rawValue
        kept = Int(limits.span.inSeconds)
        poll = rules.pollInterval.inSeconds
        from = curve.map { RFC3339.text(now.addingTimeInterval(-Double($0.age))) }
        bucket = curve?.curve.width ?? PowerHistory.finest
        let buckets = curve?.curve.buckets ?? []
        min = buckets.map { $0.map { Self.rounded($0.min) } }
        mean = buckets.map { $0.map { Self.rounded($0.mean) } }
        max = buckets.map { $0.map { Self.rounded($0.max) } }
    }

    private static func rounded(_ watts: Double) -> Double { (watts * 100).rounded() / 100 }
}
