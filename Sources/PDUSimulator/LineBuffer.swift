/// Cuts what comes in pieces into lines, and bounds what a peer that never ends its line can make us keep.
struct LineBuffer: Sendable {
    private var bytes: [UInt8] = []
    private let longestLine: Int

    init(longestLine: Int) { self.longestLine = longestLine }

    /// Whether the line that has begun is longer than allowed already.
    var isOverlong: Bool { bytes.count > longestLine }

    /// Takes a piece.
    ///
    /// - Returns: the lines that are complete now, without their ends.
    mutating func append(_ piece: some Sequence<UInt8>) -> [String] {
        bytes.append(contentsOf: piece)
        var lines: [String] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = bytes[start..<end]
            lines.append(String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self))
            start = end + 1
        }
        bytes.removeFirst(start)
        return lines
    }
}
