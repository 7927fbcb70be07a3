internal import AsyncHTTPClient
internal import Glibc
internal import HostNames
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Power

/// Speaks HTTP through async-http-client, which accepts no answer that bends the standard.
struct StrictWebTransport: WebTransport {
    /// The client that all devices share; whoever made it shuts it down.
    let client: HTTPClient

    /// A client with the settings that these devices need.
    static func makeClient(on group: any EventLoopGroup) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.decompression = .disabled
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroup: group, configuration: configuration)
    }

    nonisolated(nonsending) func run(
        _ exchange: HTTPExchange,
        with endpoint: EnerGenieEndpoint,
        within limit: Duration
    ) async throws(ExchangeError) -> HTTPReply {
        // The client connects and sends in one go, and nobody can look at a permit between the two.
        if WritePermit.current != nil {
            return try await LenientWebTransport(group: client.eventLoopGroup).run(
                exchange,
                with: endpoint,
                within: limit
            )
        }
        let start = ContinuousClock.now
        try await find(endpoint.host, within: limit)
        let task: HTTPClient.Task<HTTPClient.Response>
        do {
            let request = try HTTPClient.Request(
                url: "http://\(endpoint.authority)\(exchange.path)",
                method: exchange.form == nil ? .GET : .POST,
                headers: Self.headers(exchange),
                body: exchange.form.map { .bytes($0) }
            )
            task = client.execute(
                request: request,
                delegate: ResponseAccumulator(request: request, maxBodySize: HTTPReplyParser.bodyLimit),
                deadline: .now() + TimeAmount(max(.zero, limit - start.duration(to: .now)))
            )
        } catch {
            throw .unreachable("\(error)")
        }
        let response = try await task.futureResult
            .flatMapErrorThrowing { throw ExchangeError(describing: $0) }
            .value(onCancel: { task.cancel() })
        return HTTPReply(
            status: Int(response.status.code),
            body: response.body.map { Array($0.readableBytesView) } ?? []
        )
    }

    /// Looks a name up where a server that does not answer holds up nobody else; the client's own look-up comes after it.
    private nonisolated(nonsending) func find(_ host: String, within limit: Duration) async throws(ExchangeError) {
        guard !HostNames.isNumeric(host) else { return }
        guard case .failure(let failure) = await HostNames.shared.addresses(of: host, within: limit) else { return }
        throw failure.isCancellation
            ? .cancelled(requestLeft: false) : .unreachable("its name cannot be looked up: \(failure.message)")
    }

    private static func headers(_ exchange: HTTPExchange) -> HTTPHeaders {
        var headers: HTTPHeaders = ["Connection": "close"]
        if exchange.form != nil { headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded") }
        return headers
    }
}

extension ExchangeError {
    /// What the errors of async-http-client, of its parser and of its connections mean for a request.
    fileprivate init(describing error: any Error) {
        self =
            switch error {
            case let error as HTTPClientError: Self.meaning(error)
            case is ResponseAccumulator.ResponseTooBigError: .tooLarge
            case HTTPParserError.invalidEOFState: .closed("closed by the device")
            case let error as HTTPParserError: .malformed("\(error)")
            case is NIOConnectionError: .unreachable("\(error)")
            case let error as IOError where error.errnoCode == ECONNREFUSED: .unreachable("\(error)")
            default: .closed("\(error)")
            }
    }
    private static func meaning(_ error: HTTPClientError) -> ExchangeError {
        switch error {
        case .connectTimeout: .unreachable("no answer to the connection attempt")
        case .deadlineExceeded, .readTimeout: .timedOut
        case .cancelled: .cancelled(requestLeft: true)
        default: .closed("\(error)")
        }
    }
}
