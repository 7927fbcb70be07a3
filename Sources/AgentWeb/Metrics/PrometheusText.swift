/// Writes metrics in Prometheus' text format, version 0.0.4.
struct PrometheusText {
    /// The labels of a sample, written once and used for many.
    struct Labels {
        fileprivate var bytes: [UInt8] = []

        init(_ labels: KeyValuePairs<String, String> = [:]) {
            for (name, value) in labels { append(name, value) }
        }

        func with(_ name: String, _ value: String) -> Labels {
            var more = self
            more.append(name, value)
            return more
        }

        private mutating func append(_ name: String, _ value: String) {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: name.utf8)
            bytes.append(contentsOf: "=\"".utf8)
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
                case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
                case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
                default: bytes.append(byte)
                }
            }
            bytes.append(UInt8(ascii: "\""))
        }
    }

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var families: [Metric: [UInt8]] = [:]
    private var order: [Metric] = []

    /// Adds a sample to its family. Samples may come in any order; they are written family by family.
    mutating func add(_ metric: Metric, _ labels: Labels = Labels(), _ value: Double) {
        add(metric, suffix: "", labels, value)
    }

    mutating func add(_ metric: Metric, _ labels: Labels = Labels(), _ value: Bool) {
        add(metric, labels, value ? 1 : 0)
    }

    mutating func add(_ metric: Metric, _ labels: Labels, _ histogram: Histogram) {
        for (bound, count) in histogram.cumulative {
            add(metric, suffix: "_bucket", labels.with("le", Self.text(bound)), Double(count))
        }
        add(metric, suffix: "_sum", labels, histogram.sum)
        add(metric, suffix: "_count", labels, Double(histogram.count))
    }

    private mutating func add(_ metric: Metric, suffix: String, _ labels: Labels, _ value: Double) {
        if families[metric] == nil { order.append(metric) }
        Self.append(metric.name, suffix, labels, value, to: &families[metric, default: []])
    }

    private static func append(
        _ name: String,
        _ suffix: String,
        _ labels: Labels,
        _ value: Double,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: suffix.utf8)
        if !labels.bytes.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes.append(contentsOf: labels.bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: text(value).utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Everything that was added.
    var bytes: [UInt8] {
        var all: [UInt8] = []
        for metric in order {
            all.append(contentsOf: "# HELP \(metric.name) \(metric.help)\n".utf8)
            all.append(contentsOf: "# TYPE \(metric.name) \(metric.kind.rawValue)\n".utf8)
            all.append(contentsOf: families[metric] ?? [])
        }
        return all
    }

    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}
