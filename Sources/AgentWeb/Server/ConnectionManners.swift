import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// What a connection does, and until when it has to have done it.
struct ConnectionLife {
    enum Stage: Equatable {
        /// Nothing has come yet.
        case silent
        case header
        case body
        case answering
        case idle
        /// The last answer is given; what still comes is thrown away.
        case leaving
    }

    private let limits: ConnectionLimits
    private(set) var stage = Stage.silent
    /// When it is closed, if nothing happens.
    private(set) var deadline: NIODeadline?
    /// Requests whose answer has not ended.
    private var unanswered = 0
    /// Whether the last request's end has not come.
    private var isUnread = false
    private var piece = 0

    init(_ limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        deadline = now + limits.header
    }

    mutating func bytesCame(at now: NIODeadline) {
        guard stage == .silent || stage == .idle else { return }
        stage = .header
        deadline = now + limits.header
    }

    mutating func headCame(at now: NIODeadline) {
        guard stage != .leaving else { return }
        unanswered += 1
        isUnread = true
        piece = 0
        readOn(at: now)
    }

    mutating func bodyCame(_ count: Int, at now: NIODeadline) {
        piece += count
        guard stage == .body, piece >= limits.bodyPiece else { return }
        piece = 0
        deadline = now + limits.body
    }

    mutating func endCame() {
        isUnread = false
        guard stage == .body else { return }
        stage = .answering
        deadline = nil
    }

    /// Whether the answer that begins has to be the last, because its request has not come whole and nobody waits for the rest.
    var isLastAnswer: Bool { unanswered == 1 && isUnread }

    mutating func answerEnded(isLast: Bool, at now: NIODeadline) {
        unanswered -= 1
        if isLast {
            stage = .leaving
            deadline = now + limits.farewell
        } else if unanswered == 0 {
            stage = .idle
            deadline = now + limits.idle
        } else {
            readOn(at: now)
        }
    }

    /// A request that comes while another is answered has no hurry: the server does not read on before.
    private mutating func readOn(at now: NIODeadline) {
        let isHurried = isUnread && unanswered == 1
        stage = isHurried ? .body : .answering
        deadline = isHurried ? now + limits.body : nil
    }

    /// An answer is still on its way, which has a time of its own.
    mutating func waitForClient(at now: NIODeadline) { deadline = now + limits.idle }
}

/// Keeps a connection to its times, and ends it after its last answer. It sits before everything else, TLS too.
final class ConnectionManners: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let places: ConnectionPlaces
    private var life: ConnectionLife
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    /// When the timer rings: at the deadline, or before a deadline that was moved on since.
    private var alarm = NIODeadline.distantFuture
    private var isWatchingClient = false

    init(_ places: ConnectionPlaces) {
        self.places = places
        life = ConnectionLife(places.limits, now: .now())
    }

    /// Closes a connection at once, whatever it does.
    static func cut(_ channel: any Channel) {
        channel.eventLoop.execute {
            let manners = try? channel.pipeline.syncOperations.handler(type: ConnectionManners.self)
            // Without its manners it is being set up, or it is closed.
            if let manners { manners.cut() } else { channel.close(promise: nil) }
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        schedule()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if life.stage == .leaving { return }
        change { $0.bytesCame(at: .now()) }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if life.stage == .leaving, event as? ChannelEvent == .inputClosed { cut() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable, !isWatchingClient {
            isWatchingClient = true
            watchClient(last: unsent)
        }
        context.fireChannelWritabilityChanged()
    }

    private func cut() { context?.close(promise: nil) }

    fileprivate func change(_ change: (inout ConnectionLife) -> Void) {
        let old = life.stage
        change(&life)
        if life.stage != old, let channel = context?.channel { places.set(life.stage.place, of: channel) }
        schedule()
    }

    fileprivate var isLastAnswer: Bool { life.isLastAnswer }

    private func schedule() {
        guard let context, let deadline = life.deadline, timer == nil || deadline < alarm else { return }
        timer?.cancel()
        alarm = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timeIsOver() }
    }

    private func timeIsOver() {
        timer = nil
        guard let deadline = life.deadline else { return }
        if deadline <= .now() {
            guard life.stage == .idle, unsent > 0 else { return cut() }
            life.waitForClient(at: .now())
        }
        schedule()
    }

    /// How much of the answers the client has not taken.
    private var unsent: Int {
        guard let options = context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func watchClient(last: Int) {
        guard let context else { return }
        context.eventLoop.assumeIsolated().scheduleTask(in: places.limits.stall) {
            guard let context = self.context else { return }
            if context.channel.isWritable {
                self.isWatchingClient = false
            } else if self.unsent >= last {
                self.cut()
            } else {
                self.watchClient(last: self.unsent)
            }
        }
    }
}

/// Tells a connection's manners of requests and answers. It sits where they are whole.
final class AnswerManners: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var manners: ConnectionManners?
    /// What the requests ask for whose answers have not ended.
    private var requests: [(isForHead: Bool, isLast: Bool)] = []
    /// Whether the answer that is being given is the last one, or was.
    private var isLast = false
    private var isHeadAlone = false

    func handlerAdded(context: ChannelHandlerContext) {
        manners = try? context.pipeline.syncOperations.handler(type: ConnectionManners.self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { manners = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // After the last answer nothing is asked any more.
        if isLast { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            let connection = head.headerFields[.connection]?.lowercased() ?? ""
            requests.append((head.method == .head, connection.contains("close")))
            manners?.change { $0.headCame(at: .now()) }
        case .body(let bytes): manners?.change { $0.bodyCame(bytes.readableBytes, at: .now()) }
        case .end: manners?.change { $0.endCame() }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            // Without a length the encoder would end the body, which there is none of.
            isHeadAlone = requests.first?.isForHead == true && head.headerFields[.contentLength] == nil
            // Not while more requests have come, which may have begun to be served.
            let isWished = requests.first?.isLast == true || head.headerFields[.connection] == "close"
            isLast = isHeadAlone || manners?.isLastAnswer == true || (isWished && requests.count == 1)
            head.headerFields[.connection] = isLast ? "close" : nil
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body where isHeadAlone: promise?.succeed()
        case .body: context.write(data, promise: promise)
        case .end:
            if !requests.isEmpty { requests.removeFirst() }
            guard isLast else {
                manners?.change { $0.answerEnded(isLast: false, at: .now()) }
                context.write(data, promise: promise)
                return
            }
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.assumeIsolated().whenComplete { _ in self.leave(context) }
            if isHeadAlone {
                context.flush()
                written.succeed()
            } else {
                context.writeAndFlush(data, promise: written)
            }
        }
    }

    /// Says that nothing more comes, and waits a moment for the client to hang up: closed at once, with something unread, the
    /// kernel would take back an answer that the client has not read yet.
    private func leave(_ context: ChannelHandlerContext) {
        manners?.change { $0.answerEnded(isLast: true, at: .now()) }
        let closed = context.eventLoop.makePromise(of: Void.self)
        closed.futureResult.assumeIsolated().whenFailure { error in
            // The server may have said so before.
            if error as? ChannelError != .outputClosed { context.close(promise: nil) }
        }
        context.close(mode: .output, promise: closed)
    }
}

extension ConnectionLife.Stage {
    /// What it means when places are short.
    fileprivate var place: PlaceBook<ObjectIdentifier>.Stage {
        switch self {
        case .idle, .leaving: .idle
        case .silent, .header: .waiting
        case .body: .reading
        case .answering: .answering
        }
    }
}
