import AsyncHTTPClient
import Dispatch
import Foundation
import Logging
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Speaks with etcd through its JSON gateway: to one member after the other, until one answers that sees a majority.
final class EtcdClient: Sendable {
    /// The most that is read of an answer, in bytes.
    private static let bodyLimit = 64 << 20

    /// The longest pause after every member was asked in vain.
    private static let longestPause = Duration.milliseconds(400)

    /// An answer, and when the request was made that it answers.
    struct Answered<Answer> {
        let answer: Answer
        let asked: ContinuousClock.Instant
    }

    private struct State {
        /// The member that is asked first.
        var first = 0
        var token: String?
        var statistics = Statistics()
    }

    struct Statistics {
        var requests: UInt64 = 0
        var failures: UInt64 = 0
        var time = Duration.zero
    }

    private let configuration: EtcdConfiguration
    private let http: HTTPClient
    /// For watches, which are silent for as long as nothing changes.
    private let streams: HTTPClient
    private let state = Mutex(State())
    private let logger: Logger

    init(_ configuration: EtcdConfiguration, logger: Logger) throws(EtcdError) {
        self.configuration = configuration
        self.logger = logger
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.httpVersion = .http1Only
        settings.decompression = .disabled
        settings.timeout.connect = .milliseconds(500)
        // Many lanes write at once; a connection for each would be as many for etcd to hold.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        settings.connectionPool.retryConnectionEstablishment = false
        settings.tlsConfiguration = try Self.tls(configuration)
        streams = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
        settings.timeout.read = .nanoseconds(Int64(configuration.attempt / .nanoseconds(1)))
        http = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
    }

    deinit {
        // Nobody asks any more. A client that is let go without this ends the process.
        for client in [streams, http] { client.shutdown(queue: .global()) { _ in } }
    }

    func shutDown() async {
        do {
            try await streams.shutdown()
            try await http.shutdown()
        } catch {
            logger.debug("etcd: the HTTP client did not shut down cleanly", metadata: ["error": "\(error)"])
        }
    }

    var statistics: Statistics { state.withLock(\.statistics) }

    private static func tls(_ configuration: EtcdConfiguration) throws(EtcdError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        do {
            if let caFile = configuration.caFile { tls.trustRoots = .file(caFile) }
            if let certificate = configuration.certificateFile, let key = configuration.keyFile {
                tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            }
            // A file that cannot be used is told now and not at the first connection.
            _ = try NIOSSLContext(configuration: tls)
        } catch {
            throw EtcdError(code: .forbidden, message: "fleet: the files under fleet.tls cannot be used: \(error)")
        }
        return tls
    }

    // MARK: - Asking

    /// Asks one member after the other.
    func ask<Answer: Decodable & Sendable>(
        _ path: String,
        _ request: some Encodable & Sendable,
        _ type: Answer.Type = Answer.self
    ) async throws(EtcdError) -> Answered<Answer> {
        let body = Self.body(request)
        let begun = ContinuousClock.now
        let end = begun + configuration.patience
        var place = state.withLock(\.first)
        var trouble: String?
        var tries = 0
        var hasAuthenticated = false
        var pause = Duration.milliseconds(50)
        while !Task.isCancelled {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { break }
            let endpoint = configuration.endpoints[place % configuration.endpoints.count]
            let asked = ContinuousClock.now
            switch await send(path, body, to: endpoint, within: min(configuration.attempt, left)) {
            case .success(let data):
                note(asked, failed: false, first: place)
                guard let answer = try? JSONDecoder().decode(type, from: data) else {
                    throw EtcdError(
                        code: .refused,
                        message: "\(endpoint)\(path): the answer is not etcd's; is it etcd 3.4 or later?"
                    )
                }
                return Answered(answer: answer, asked: asked)
            case .failure(.elsewhere(let what, let isSilence)):
                // The last try has what is left of the time; its silence says less than what an earlier one was told.
                if !isSilence || trouble == nil { trouble = "\(endpoint): \(what)" }
                note(asked, failed: true, first: nil)
                place += 1
                tries += 1
                if tries % configuration.endpoints.count == 0 {
                    // Members that refuse at once are not asked again and again.
                    try? await Task.sleep(for: pause)
                    pause = min(pause * 2, Self.longestPause)
                }
            case .failure(.unauthenticated(let what)):
                guard !hasAuthenticated, configuration.username != nil else {
                    throw EtcdError(
                        code: .forbidden,
                        message:
                            "\(endpoint): etcd wants to know who asks (\(what)); check fleet.username and its password"
                    )
                }
                hasAuthenticated = true
                try await authenticate(at: endpoint, within: left)
            case .failure(.final(let error)): throw error
            }
        }
        throw EtcdError(
            code: .unavailable,
            message: "no majority of etcd answers: \(trouble ?? "the time was over")"
        )
    }

    private enum Failure: Error, CustomStringConvertible {
        /// Another member may answer.
        case elsewhere(String, isSilence: Bool = false)
        case unauthenticated(String)
        case final(EtcdError)

        var description: String {
            switch self {
            case .elsewhere(let words, _), .unauthenticated(let words): words
            case .final(let error): error.message
            }
        }
    }

    private func send(
        _ path: String,
        _ body: ByteBuffer,
        to endpoint: String,
        within limit: Duration
    ) async -> Result<Data, Failure> {
        do {
            let response = try await http.execute(
                request(path, body, to: endpoint),
                timeout: .nanoseconds(Int64(max(0, limit / .nanoseconds(1))))
            )
            let buffer = try await response.body.collect(upTo: Self.bodyLimit)
            let data = Data(buffer: buffer)
            if response.status == .ok { return .success(data) }
            return .failure(judge(Int(response.status.code), data, from: endpoint))
        } catch let error as NIOSSLExtraError {
            return .failure(
                .elsewhere("its certificate is not accepted: \(error); check fleet.tls.ca_file and the host")
            )
        } catch let error where error is NIOSSLError || error is BoringSSLError {
            return .failure(.elsewhere("TLS fails: \(error); check fleet.tls"))
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            return .failure(.elsewhere("no answer in time", isSilence: true))
        } catch let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout {
            return .failure(.elsewhere("no connection in time", isSilence: true))
        } catch {
            return .failure(.elsewhere("\(error)"))
        }
    }

    private func request(_ path: String, _ body: ByteBuffer, to endpoint: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: endpoint + path)
        request.method = .POST
        request.headers = ["Content-Type": "application/json"]
        if let token = state.withLock(\.token) { request.headers.add(name: "Authorization", value: token) }
        request.body = .bytes(body)
        return request
    }

    /// What an answer that is none means: etcd says `{"error", "message", "code"}`, with the numbers of gRPC.
    private func judge(_ status: Int, _ data: Data, from endpoint: String) -> Failure {
        let problem = try? JSONDecoder().decode(Etcd.Problem.self, from: data)
        let words = problem?.message ?? problem?.error ?? "HTTP status \(status)"
        if problem?.code == 16 || status == 401 || words.contains("user name is empty")
            || words.contains("invalid auth token")
        {
            return .unauthenticated(words)
        }
        switch problem?.code {
        // Cancelled, unknown, deadline exceeded, aborted, internal, unavailable: this member, or its leader.
        case 1, 2, 4, 10, 13, 14: return .elsewhere(words)
        case 7:
            return .final(
                EtcdError(
                    code: .forbidden,
                    message: "\(endpoint): etcd refuses: \(words); the user needs readwrite on \(configuration.prefix)/"
                )
            )
        default: break
        }
        if status >= 500 { return .elsewhere(words) }
        return .final(EtcdError(code: .refused, message: "\(endpoint): etcd refuses: \(words)"))
    }

    private func note(_ asked: ContinuousClock.Instant, failed: Bool, first: Int?) {
        let time = asked.duration(to: .now)
        state.withLock { state in
            state.statistics.requests += 1
            state.statistics.time += time
            if failed { state.statistics.failures += 1 }
            if let first { state.first = first % configuration.endpoints.count }
        }
    }

    private static func body(_ request: some Encodable) -> ByteBuffer {
        // Only text and base64: there is nothing that cannot be written.
        ByteBuffer(data: (try? JSONEncoder().encode(request)) ?? Data("{}".utf8))
    }

    // MARK: - Users

    private func authenticate(at endpoint: String, within limit: Duration) async throws(EtcdError) {
        guard let name = configuration.username else { return }
        state.withLock { $0.token = nil }
        let body = Self.body(Etcd.Authentication(name: name, password: configuration.password?.value ?? ""))
        switch await send("/v3/auth/authenticate", body, to: endpoint, within: min(limit, configuration.attempt)) {
        case .success(let data):
            let token = (try? JSONDecoder().decode(Etcd.AuthenticationAnswer.self, from: data))?.token
            state.withLock { $0.token = token }
        case .failure(.elsewhere(let what, _)):
            throw EtcdError(code: .unavailable, message: "\(endpoint): \(what)")
        case .failure(.unauthenticated(let what)):
            throw EtcdError(code: .forbidden, message: "\(endpoint): etcd does not accept the user: \(what)")
        case .failure(.final(let error)):
            throw EtcdError(
                code: .forbidden,
                message: "etcd does not accept fleet.username \"\(name)\" and its password: \(error.message)"
            )
        }
    }

    /// Logs in before the first request: for a request that asks for no user, etcd would not say that one is wanted.
    func logIn() async throws(EtcdError) {
        guard configuration.username != nil, state.withLock({ $0.token == nil }) else { return }
        var trouble: EtcdError?
        for endpoint in configuration.endpoints {
            do throws(EtcdError) {
                return try await authenticate(at: endpoint, within: configuration.attempt)
            } catch {
                if error.code == .forbidden { throw error }
                trouble = error
            }
        }
        if let trouble { throw trouble }
    }

    // MARK: - Watching

    /// Tells of changes below a prefix until the stream ends. They are hints: some may be late, some may be missed.
    func watch(prefix: String, _ body: @Sendable ([Etcd.WatchAnswer.Event]) async -> Void) async throws(EtcdError) {
        let endpoint = configuration.endpoints[state.withLock(\.first) % configuration.endpoints.count]
        let create = Etcd.WatchRequest.Create(key: Data(prefix.utf8), range_end: Etcd.end(of: prefix))
        do {
            let response = try await streams.execute(
                request("/v3/watch", Self.body(Etcd.WatchRequest(create_request: create)), to: endpoint),
                timeout: .hours(24)
            )
            guard response.status == .ok else {
                let data = Data(buffer: try await response.body.collect(upTo: 1 << 20))
                throw EtcdError(
                    code: .unavailable,
                    message: "\(judge(Int(response.status.code), data, from: endpoint))"
                )
            }
            var line = ByteBuffer()
            for try await var chunk in response.body {
                line.writeBuffer(&chunk)
                while let length = line.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                    let count = length - line.readerIndex
                    let bytes = line.readBytes(length: count) ?? []
                    line.moveReaderIndex(forwardBy: 1)
                    guard let answer = try? JSONDecoder().decode(Etcd.WatchAnswer.self, from: Data(bytes)) else {
                        throw EtcdError(code: .unavailable, message: "\(endpoint): the watch has ended")
                    }
                    if answer.result?.canceled == true {
                        throw EtcdError(
                            code: .unavailable,
                            message: "\(endpoint): the watch was ended: \(answer.result?.cancel_reason ?? "no reason")"
                        )
                    }
                    if let events = answer.result?.events { await body(events) }
                }
                guard line.readableBytes < Self.bodyLimit else { break }
                line.discardReadBytes()
            }
        } catch let error as EtcdError {
            state.withLock { $0.first += 1 }
            throw error
        } catch {
            state.withLock { $0.first += 1 }
            throw EtcdError(code: .unavailable, message: "\(endpoint): the watch broke: \(error)")
        }
    }
}
