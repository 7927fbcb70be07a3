/// Takes the chunks of an HTTP body apart.
struct ChunkDecoder: Sendable {
    private enum Part {
        case size
        case data(left: Int)
        case afterData
        case trailer
    }

    /// The longest size line or trailer that is read, in bytes.
    private static let lineLimit = 1024

    private var part = Part.size
    private var lines = LineBuffer()
    private var lineBytes = 0

    /// Consumes bytes and appends the data in them to the body; gives back whether the last chunk has come.
    mutating func take(
        _ rest: inout ArraySlice<UInt8>,
        into body: inout [UInt8],
        limit: Int
    ) throws(HTTPReplyError) -> Bool {
        while !rest.isEmpty {
            if case .data(let left) = part {
                let taken = rest.prefix(left)
                body += taken
                rest = rest[taken.endIndex...]
                part = taken.count == left ? .afterData : .data(left: left - taken.count)
                continue
            }
            let before = rest.count
            let line = lines.take(&rest)
            lineBytes += before - rest.count
            guard lineBytes <= Self.lineLimit else { throw .tooLarge }
            guard let line else { return false }
            if try takeLine(line, room: limit - body.count) { return true }
        }
        return false
    }

    private mutating func takeLine(_ line: [UInt8], room: Int) throws(HTTPReplyError) -> Bool {
        switch part {
        case .size:
            lineBytes = 0
            let digits = ASCII.trimmed(line[..<(line.firstIndex(of: UInt8(ascii: ";")) ?? line.endIndex)])
            guard let size = ASCII.number(digits, radix: 16) else { throw .malformed("an unreadable chunk size") }
            guard size <= room else { throw .tooLarge }
            part = size == 0 ? .trailer : .data(left: size)
        case .data, .afterData:
            lineBytes = 0
            guard line.isEmpty else { throw .malformed("a chunk longer than its size") }
            part = .size
        case .trailer:
            return line.isEmpty
        }
        return false
    }
}
