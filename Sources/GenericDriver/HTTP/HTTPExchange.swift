internal import AsyncHTTPClient
internal import Glibc
internal import HostNames
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Power

/// One request and its answer.
struct HTTPExchange {
    /// The most that is read of an answer, in bytes.
    static let bodyLimit = 1 << 20

    let request: HTTPRequestText
    let credentials: HTTPCredentials?
    let limit: Duration
    /// What it is for, for messages.
    let purpose: String

    /// Sends the request.
    ///
    /// - Returns: the answer's body, when its status is one of 200 to 299.
    /// - Throws: `unreachable` when nothing has left, `timeout`, `interrupted` when the connection broke, `refused` for
    ///   statuses 400 to 499, `authentication` for 401 and 403, `badReply` for everything else: redirects, which are
    ///   never followed, failures of the device, answers that are too large or not HTTP.
    nonisolated(nonsending) func run(_ client: HTTPClient) async throws(DriverError) -> [UInt8] {
        let start = ContinuousClock.now
        let made: HTTPClient.Request
        let collector: ResponseAccumulator
        do {
            made = try HTTPClient.Request(
                url: request.url,
                method: HTTPMethod(rawValue: request.method),
                headers: headers,
                body: request.body.map { .string($0) }
            )
            collector = ResponseAccumulator(request: made, maxBodySize: Self.bodyLimit)
        } catch {
            throw DriverError(.unsupported, "\(purpose): the URL cannot be used: \(error)")
        }
        try await find(made.host)
        if let permit = WritePermit.current {
            return try await PermittedRequests.run(permit) { client async throws(DriverError) in
                try await answer(to: made, collector, client, within: limit)
            }
        }
        return try await answer(to: made, collector, client, within: limit - start.duration(to: .now))
    }

    private nonisolated(nonsending) func answer(
        to made: HTTPClient.Request,
        _ collector: ResponseAccumulator,
        _ client: HTTPClient,
        within limit: Duration
    ) async throws(DriverError) -> [UInt8] {
        let nanoseconds = limit / .nanoseconds(1)
        let task = client.execute(
            request: made,
            delegate: collector,
            deadline: .now() + .nanoseconds(Int64(min(max(nanoseconds, 0), 1e17)))
        )
        let response: HTTPClient.Response
        do {
            response = try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
        } catch {
            throw meaning(of: error)
        }
        switch response.status.code {
        case 200..<300: return response.body.map { Array($0.readableBytesView) } ?? []
        case 401, 403:
            throw DriverError(
                .authentication,
                "\(purpose): the device answers \(response.status); check the credentials"
            )
        case 400..<500: throw DriverError(.refused, "\(purpose): the device answers \(response.status)")
        case 300..<400:
            throw DriverError(
                .badReply,
                "\(purpose): the device sends us elsewhere (\(response.status)), and that is not followed"
            )
        default: throw DriverError(.badReply, "\(purpose): the device answers \(response.status)")
        }
    }

    /// Looks the device's name up where a server that does not answer holds up nobody else. The client does it once more,
    /// one name after the other; by then the answer is known.
    private nonisolated(nonsending) func find(_ host: String) async throws(DriverError) {
        guard !host.isEmpty, !HostNames.isNumeric(host) else { return }
        guard case .failure(let failure) = await HostNames.shared.addresses(of: host, within: limit) else { return }
        if failure.isCancellation { throw DriverError(.cancelled, "\(purpose): the request was cancelled") }
        throw DriverError(.unreachable, "\(purpose): the name \(host) cannot be looked up: \(failure.message)")
    }

    private var headers: HTTPHeaders {
        var headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        headers.replaceOrAdd(name: "Connection", value: "close")
        if let credentials { headers.replaceOrAdd(name: "Authorization", value: credentials.field) }
        return headers
    }

    private func meaning(of error: any Error) -> DriverError {
        switch error {
        case let error as HTTPClientError: meaning(of: error)
        case is PermittedRequests.Overdue: .overdue(purpose)
        case is ResponseAccumulator.ResponseTooBigError:
            DriverError(.badReply, "\(purpose): the answer is larger than \(Self.bodyLimit) bytes")
        case let error as HTTPParserError: DriverError(.badReply, "\(purpose): the answer is not HTTP: \(error)")
        case is NIOConnectionError: DriverError(.unreachable, "\(purpose): the device cannot be reached")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            DriverError(.unreachable, "\(purpose): the device refuses connections")
        default: DriverError(.interrupted, "\(purpose): \(error)")
        }
    }

    private func meaning(of error: HTTPClientError) -> DriverError {
        switch error {
        case .connectTimeout: DriverError(.unreachable, "\(purpose): no answer to the connection attempt")
        case .deadlineExceeded, .readTimeout: DriverError(.timeout, "\(purpose): no whole answer within \(limit)")
        case .cancelled: DriverError(.cancelled, "\(purpose): the request was cancelled")
        case .invalidURL, .emptyHost, .emptyScheme:
            DriverError(.unsupported, "\(purpose): the request cannot be made: \(error)")
        default: DriverError(.interrupted, "\(purpose): \(error)")
        }
    }
}
