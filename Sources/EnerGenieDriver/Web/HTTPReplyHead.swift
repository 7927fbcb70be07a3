/// The head of an HTTP answer, line by line: the status, and what says where the body ends.
struct HTTPReplyHead: Sendable {
    /// The length the head names, if it names one.
    private(set) var length: Int?
    /// Whether the body comes in chunks.
    private(set) var isChunked = false
    private var status: Int?

    /// Takes the next line; gives back the status when the head of the final answer is whole.
    mutating func take(_ line: [UInt8]) throws(HTTPReplyError) -> Int? {
        guard let status else {
            // Empty lines before the status line are what some servers leave over from an answer before.
            if !line.isEmpty { status = try Self.status(in: line) }
            return nil
        }
        guard let first = line.first else {
            // 1xx announces the real answer.
            guard status < 200 else { return status }
            self = HTTPReplyHead()
            return nil
        }
        // A folded line continues the one before it; neither field that counts here is ever that long.
        if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") { return nil }
        try takeField(line)
        return nil
    }

    private mutating func takeField(_ line: [UInt8]) throws(HTTPReplyError) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw .malformed("a header line without a colon")
        }
        let name = ASCII.lowercased(ASCII.trimmed(line[..<colon]))
        let value = ASCII.trimmed(line[(colon + 1)...])
        if name.elementsEqual("content-length".utf8) {
            guard let length = ASCII.number(value) else { throw .malformed("an unreadable content length") }
            guard self.length == nil || self.length == length else { throw .malformed("two content lengths") }
            self.length = length
        } else if name.elementsEqual("transfer-encoding".utf8) {
            guard ASCII.lowercased(value).elementsEqual("chunked".utf8) else {
                throw .malformed("an unknown transfer encoding")
            }
            isChunked = true
        }
    }

    private static func status(in line: [UInt8]) throws(HTTPReplyError) -> Int {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard let version = words.first, ASCII.lowercased(version).starts(with: "http/1.".utf8), words.count > 1,
            words[1].count == 3, let status = ASCII.number(words[1]), status >= 100
        else { throw .malformed("no HTTP status line") }
        return status
    }
}
