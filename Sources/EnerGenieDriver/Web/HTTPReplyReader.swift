internal import NIOCore

/// Feeds an `HTTPReplyParser` from a link.
struct HTTPReplyReader: ReplyReader {
    private var parser = HTTPReplyParser()

    mutating func read(from bytes: inout ByteBuffer) throws(ExchangeError) -> HTTPReply? {
        guard bytes.readableBytes > 0 else { return nil }
        defer { bytes.clear() }
        do {
            return try parser.take(bytes.readableBytesView)
        } catch {
            throw ExchangeError(error)
        }
    }

    mutating func end() throws(ExchangeError) -> HTTPReply {
        do {
            return try parser.end()
        } catch {
            throw ExchangeError(error)
        }
    }
}

extension ExchangeError {
    fileprivate init(_ error: HTTPReplyError) {
        self =
            switch error {
            case .malformed(let what): .malformed(what)
            case .tooLarge: .tooLarge
            case .cutShort: .closed("closed by the device")
            }
    }
}
