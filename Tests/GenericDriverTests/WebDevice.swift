import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A web server on a free port of 127.0.0.1 that answers as a test says and notes what it was asked.
final class WebDevice: Sendable {
    struct Request: Sendable, Equatable {
        var method: String
        var uri: String
        var headers: [String: String]
        var body: String
    }

    struct Answer: Sendable {
        var status = 200
        var body = ""
        var headers: [(String, String)] = []
        /// Closes the connection without a word.
        var hangsUp = false
        /// Never answers.
        var isSilent = false
    }

    private let channel: any Channel
    private let log: NoteBook
    var port: Int { channel.localAddress?.port ?? 0 }
    var requests: [Request] { log.requests.withLock { $0 } }

    private final class NoteBook: Sendable {
        let requests = Mutex<[Request]>([])
    }

    private init(channel: any Channel, log: NoteBook) {
        self.channel = channel
        self.log = log
    }

    /// Serves until `body` returns.
    static func serve<Value: Sendable>(
        _ answer: @escaping @Sendable (Request) -> Answer,
        _ body: (WebDevice) async throws -> Value
    ) async throws -> Value {
        let log = NoteBook()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Handler { request in
                            log.requests.withLock { $0.append(request) }
                            return answer(request)
                        }
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let device = WebDevice(channel: channel, log: log)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(device))
        } catch {
            result = .failure(error)
        }
        try await channel.close()
        return try result.get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: (Request) -> Answer
        private var request = Request(method: "", uri: "", headers: [:], body: "")

        init(answer: @escaping (Request) -> Answer) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                request = Request(method: head.method.rawValue, uri: head.uri, headers: [:], body: "")
                for (name, value) in head.headers { request.headers[name.lowercased()] = value }
            case .body(let part): request.body += String(buffer: part)
            case .end:
                let answer = answer(request)
                if answer.isSilent { return }
                guard !answer.hangsUp else { return context.close(promise: nil) }
                var headers = HTTPHeaders(answer.headers)
                headers.add(name: "Content-Length", value: "\(answer.body.utf8.count)")
                let head = HTTPResponseHead(
                    version: .http1_1,
                    status: HTTPResponseStatus(statusCode: answer.status),
                    headers: headers
                )
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
