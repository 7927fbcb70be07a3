import Agent
import Power

/// What every outlet and PDU that measures power drew over the last hours, within a bound of memory.
///
/// It begins with buckets of a minute. When so many things are measured that the bound would be exceeded, what was not
/// measured for the whole span is forgotten; then all buckets become twice as long, again and again; then only PDUs as a
/// whole are remembered; and what comes after that is not.
struct PowerHistory: Sendable {
    /// The length of a bucket to begin with, in seconds.
    static let finest = 60
    /// How many buckets a curve must have to be worth anything.
    private static let fewestBuckets = 20
    /// What a series takes besides its buckets: itself, its place in a list and what the allocator adds.
    static let overhead = 160

    private struct Line {
        /// Nothing for the PDU as a whole.
        let outlet: OutletNumber?
        var series: PowerSeries
    }

    let limits: HistoryLimits
    private let span: Int
    /// The longest that a bucket may become, in seconds.
    private let coarsest: Int
    /// How long a bucket is, in seconds.
    private(set) var width = Self.finest
    /// Whether outlets are remembered, and not only PDUs as a whole.
    private(set) var keepsOutlets = true
    /// How many things are remembered.
    private(set) var count = 0
    private var lines: [PDUName: [Line]] = [:]
    /// When everything was last looked through for what may be forgotten, in seconds; looking takes a while.
    private var prunedAt = 0

    /// A history that is empty.
    init(_ limits: HistoryLimits) {
        span = max(0, Int(limits.span.inSeconds))
        self.limits = limits
        var coarsest = Self.finest
        while span / (coarsest * 2) >= Self.fewestBuckets { coarsest *= 2 }
        self.coarsest = coarsest
    }

    /// How many closed buckets are kept of a series.
    var capacity: Int { max(1, span / width) }

    /// What a full series takes, in bytes.
    private var cost: Int { capacity * 3 * MemoryLayout<Int16>.size + Self.overhead }

    /// Takes what a device measured.
    ///
    /// - Parameter seconds: when, on a clock that never goes back.
    mutating func take(_ reading: DeviceReading, of pdu: PDUName, at seconds: Int) {
        guard span > 0 else { return }
        if Self.measures(reading, nil) { addLine(nil, of: pdu, at: seconds) }
        for outlet in reading.outletMeasurements.keys where Self.measures(reading, outlet) {
            addLine(outlet, of: pdu, at: seconds)
        }
        guard let index = lines.index(forKey: pdu) else { return }
        let bucket = seconds / width
        let capacity = capacity
        for place in lines.values[index].indices {
            guard let watts = Self.watts(reading, lines.values[index][place].outlet) else { continue }
            lines.values[index][place].series.add(watts, bucket: bucket, capacity: capacity)
        }
    }

    /// What a PDU or one of its outlets drew; nothing when nothing is known of it.
    func curve(of pdu: PDUName, _ outlet: OutletNumber?, at seconds: Int) -> PowerCurve? {
        guard let line = lines[pdu]?.first(where: { $0.outlet == outlet }) else { return nil }
        let (first, buckets) = line.series.buckets(through: seconds / width, capacity: capacity)
        return buckets.isEmpty ? nil : PowerCurve(start: first * width, width: width, buckets: buckets)
    }

    private static func watts(_ reading: DeviceReading, _ outlet: OutletNumber?) -> Double? {
        guard let outlet else { return reading.measurements[.power] }
        return reading.outletMeasurements[outlet]?[.power]
    }

    private static func measures(_ reading: DeviceReading, _ outlet: OutletNumber?) -> Bool {
        watts(reading, outlet)?.isFinite ?? false
    }

    private mutating func addLine(_ outlet: OutletNumber?, of pdu: PDUName, at seconds: Int) {
        if let index = lines.index(forKey: pdu), lines.values[index].contains(where: { $0.outlet == outlet }) { return }
        guard outlet == nil || keepsOutlets, makeRoom(at: seconds), outlet == nil || keepsOutlets else { return }
        lines[pdu, default: []].append(Line(outlet: outlet, series: PowerSeries(bucket: seconds / width)))
        count += 1
    }

    /// Makes room for one more series.
    private mutating func makeRoom(at seconds: Int) -> Bool {
        if fitsOneMore { return true }
        if seconds - prunedAt >= width {
            prunedAt = seconds
            let oldest = seconds / width - capacity
            remove { $0.series.newest < oldest }
        }
        while !fitsOneMore, width < coarsest { coarsen() }
        if !fitsOneMore, keepsOutlets {
            keepsOutlets = false
            remove { $0.outlet != nil }
        }
        return fitsOneMore
    }

    private var fitsOneMore: Bool { (count + 1) * cost <= limits.memory }

    private mutating func coarsen() {
        width *= 2
        let capacity = capacity
        for pdu in lines.keys {
            for place in lines[pdu]?.indices ?? 0..<0 { lines[pdu]?[place].series.coarsen(capacity: capacity) }
        }
    }

    private mutating func remove(where isUnwanted: (Line) -> Bool) {
        for pdu in Array(lines.keys) {
            lines[pdu]?.removeAll(where: isUnwanted)
            if lines[pdu]?.isEmpty ?? false { lines[pdu] = nil }
        }
        count = lines.values.reduce(0) { $0 + $1.count }
    }
}
