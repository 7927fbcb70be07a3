/// Reads one HTTP/1 answer as leniently as the browsers that the devices' firmware was tried with.
///
/// Lines may end in LF alone, header lines may be folded or have blanks before the colon, `Content-Length` may come
/// twice with the same value or beside chunks (which then count). Nothing is guessed: an answer that is cut short, an
/// unreadable length, a line without a colon and bytes that are not HTTP at all are errors.
public struct HTTPReplyParser: Sendable {
    /// The largest head that is read, in bytes; anything larger is no device's.
    public static let headLimit = 16 * 1024
    /// The largest body that is read, in bytes, unless told otherwise.
    public static let bodyLimit = 64 * 1024

    private enum Part {
        case head
        case counted(status: Int, left: Int)
        case chunks(status: Int, ChunkDecoder)
        case untilClose(status: Int)
    }

    private var part = Part.head
    private var lines = LineBuffer()
    private var head = HTTPReplyHead()
    private var headBytes = 0
    private var body: [UInt8] = []
    private let limit: Int

    /// A parser for one answer with a body of at most so many bytes.
    public init(bodyLimit: Int = Self.bodyLimit) {
        limit = bodyLimit
    }

    /// Takes bytes as they arrive; gives back the answer when it is whole. What follows it is ignored.
    ///
    /// - Throws: `HTTPReplyError` when this is no answer that could ever become whole.
    public mutating func take(_ bytes: some Collection<UInt8>) throws(HTTPReplyError) -> HTTPReply? {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            switch part {
            case .head:
                if let status = try takeHead(&rest) {
                    part = try body(after: status)
                    if case .counted(_, 0) = part { return HTTPReply(status: status, body: []) }
                }
            case .counted(let status, let left):
                let taken = rest.prefix(left)
                body += taken
                guard taken.count < left else { return HTTPReply(status: status, body: body) }
                part = .counted(status: status, left: left - taken.count)
                return nil
            case .chunks(let status, var decoder):
                let isWhole = try decoder.take(&rest, into: &body, limit: limit)
                if isWhole { return HTTPReply(status: status, body: body) }
                part = .chunks(status: status, decoder)
            case .untilClose:
                guard rest.count <= limit - body.count else { throw .tooLarge }
                body += rest
                return nil
            }
        }
        return nil
    }

    /// Tells the parser that the device closed the connection; gives back the answer if that makes it whole.
    ///
    /// - Throws: `HTTPReplyError.cutShort` when more was to come.
    public mutating func end() throws(HTTPReplyError) -> HTTPReply {
        if case .untilClose(let status) = part { return HTTPReply(status: status, body: body) }
        throw .cutShort
    }

    private mutating func takeHead(_ rest: inout ArraySlice<UInt8>) throws(HTTPReplyError) -> Int? {
        let before = rest.count
        let line = lines.take(&rest)
        headBytes += before - rest.count
        guard headBytes <= Self.headLimit else { throw .tooLarge }
        guard let line else { return nil }
        return try head.take(line)
    }

    private func body(after status: Int) throws(HTTPReplyError) -> Part {
        if status == 204 || status == 304 { return .counted(status: status, left: 0) }
        if head.isChunked { return .chunks(status: status, ChunkDecoder()) }
        guard let length = head.length else { return .untilClose(status: status) }
        guard length <= limit else { throw .tooLarge }
        return .counted(status: status, left: length)
    }
}
