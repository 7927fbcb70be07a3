import Foundation

/// Times in the order of their length.
struct Percentiles: CustomStringConvertible {
    private let sorted: [Double]

    /// Times in milliseconds.
    init(_ milliseconds: [Double]) { sorted = milliseconds.sorted() }

    subscript(share: Double) -> Double {
        sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }

    var description: String {
        "p50 \(rounded(self[0.5])) ms, p95 \(rounded(self[0.95])) ms, p99 \(rounded(self[0.99])) ms (n=\(sorted.count))"
    }
}

/// A number with as many digits as mean anything here.
func rounded(_ value: Double) -> String {
    value >= 100 ? String(Int(value.rounded())) : String((value * 1000).rounded() / 1000)
}

/// The middle one of some numbers.
func median(_ numbers: [Double]) -> Double { Percentiles(numbers)[0.5] }

/// Writes figures to a file as JSON, or says why it cannot.
func writeJSON(_ figures: some Encodable, to path: String) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do {
        try encoder.encode(figures).write(to: URL(fileURLWithPath: path))
    } catch {
        print("the figures cannot be written to \(path): \(error)")
    }
}
