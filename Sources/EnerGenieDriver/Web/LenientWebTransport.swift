internal import NIOCore
internal import Power

/// Speaks just the HTTP that these devices need, and reads their answers leniently.
struct LenientWebTransport: WebTransport {
    /// The loops that the connections run on.
    let group: any EventLoopGroup

    nonisolated(nonsending) func run(
        _ exchange: HTTPExchange,
        with endpoint: EnerGenieEndpoint,
        within limit: Duration
    ) async throws(ExchangeError) -> HTTPReply {
        let link = TCPLink(to: endpoint, on: group)
        let request = Self.request(exchange, to: endpoint)
        let permit = WritePermit.current
        let start = ContinuousClock.now
        defer { link.close() }
        return try await link.open(within: limit)
            .flatMap {
                link.ask(
                    request,
                    reader: HTTPReplyReader(),
                    within: limit - start.duration(to: .now),
                    permit: permit
                )
            }
            .value(onCancel: { link.cancel() })
    }

    private static func request(_ exchange: HTTPExchange, to endpoint: EnerGenieEndpoint) -> [UInt8] {
        var head = "\(exchange.form == nil ? "GET" : "POST") \(exchange.path) HTTP/1.1\r\n"
        head += "Host: \(endpoint.authority)\r\nConnection: close\r\n"
        guard let form = exchange.form else { return Array((head + "\r\n").utf8) }
        head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(form.count)\r\n\r\n"
        return Array(head.utf8) + form
    }
}

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
