import Agent
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import MQTTClient
import NIOCore
import Power
import ServiceLifecycle

/// Answers requests to the page's listener.
struct WebAPI: Sendable {
    /// How long the body of a request may take.
    private static let bodyTime = Duration.seconds(10)

    /// How long a client that does not want to wait does so all the same: until the lane has its command, and what is
    /// refused at once has its answer.
    private static let acceptTime = Duration.milliseconds(20)

    /// Where facts come from and commands go.
    let source: any PageSource
    /// Changes the configuration; nothing where the page may not.
    let setup: (any SetupDesk)?
    /// What the site says of its page.
    let page: PageSettings
    /// How long a request waits for the outcome of its command.
    let outcomeTime: Duration

    /// Who may wait.
    let places: ConnectionPlaces
    let guesses: GuessDesk

    let signIn: SignInDesk
    let logger: Logger
    /// The name of the cookie with a session; one for each port, because browsers give a host's cookies to all of its ports.
    let cookie: String

    /// Answers requests, with all that guards them.
    func responder(
        credentials: WebCredentials,
        proxyLogin: ProxyLogin? = nil,
        isSecure: Bool = false,
        socketUser: String? = nil,
        logger: Logger
    ) -> GuardedResponder<Endpoint> {
        let judge = RequestJudge(
            requestGuard: RequestGuard(credentials: credentials),
            proxyLogin: proxyLogin,
            socketUser: socketUser,
            api: self,
            logger: logger
        )
        return GuardedResponder(
            routes: Routes(Endpoint.allCases.map { ($0.method, path: $0.path, $0) }),
            // A page that people sign in by asks them itself, and no window of the browser's may come before it.
            challenge: { [signIn] in
                if signIn.hasUsers { return "Bearer realm=\"Busbar\", login=\"login.html\"" }
                return credentials.hasLogin
                    ? "Basic realm=\"Busbar\", charset=\"UTF-8\"" : "Bearer realm=\"Busbar\""
            },
            judge: judge.judge,
            serve: serve,
            proxies: places.limits.proxies,
            proxyHeader: proxyLogin.flatMap { HTTPField.Name($0.header) },
            isSecure: isSecure,
            frameAncestors: page.frameAncestors,
            logger: logger
        )
    }

    @Sendable private func serve(_ endpoint: Endpoint, _ request: Request, _ context: WebRequestContext) async throws
        -> Response
    {
        switch endpoint {
        case .health: .text("alive")
        case .readiness: await readiness()
        case .metrics: await metrics(reach(context))
        case .agent: .json(await source.about(page))
        case .pdus:
            .fields { [pdus = await source.pdus(reach(context))] json in
                json.add("pdus", pdus) { $1.write(to: &$0) }
            }
        case .pdu: .fields(try await seenPDU(context).write)
        case .log: await siteLog(request, context)
        case .pduLog, .outletLog: try await log(request, context)
        case .pduHistory, .outletHistory: try await history(request, context)
        case .refresh: try await refresh(context)
        case .outlets:
            .fields { [pdus = await source.pdus(reach(context))] json in
                json.add("outlets", pdus.lazy.flatMap(\.outlets)) { $1.write(to: &$0) }
            }
        case .command:
            try await command(
                request,
                context,
                for: .outlet(
                    pdu: try context.name("pdu"),
                    OutletLevel(topicLevel: Substring(try context.name("outlet")))
                )
            )
        case .groups: .json(GroupList(groups: source.groups(reach(context))))
        case .groupCommand: try await command(request, context, for: .group(try context.name("group")))
        case .loads: .json(LoadList(loads: source.loads(reach(context))))
        case .loadCommand: try await command(request, context, for: .load(try context.name("load")))
        case .events: await events(request, context)
        case .me: me(context)
        case .signIn: try await begin(request, context)
        case .signOut: end(context)
        case .sessions: sessions()
        case .endSessions: try endSessions(context)
        case .setup: try await setUp(.state, request, context)
        case .setupProbe: try await setUp(.probe, request, context)
        case .setupScan: try await setUp(.scan, request, context)
        case .setupScanState: try await setUp(.scanState, request, context)
        case .setupPreview: try await setUp(.preview, request, context)
        case .setupSave: try await setUp(.save, request, context)
        case .setupPage: .pageFile("setup.html") ?? .text("there is no page", status: .notFound)
        case .description: .pageFile("openapi.yaml") ?? .text("there is no description", status: .notFound)
        case .page: .pageFile("index.html") ?? .text("there is no page", status: .notFound)
        case .signInPage: .pageFile("login.html") ?? .text("there is no page", status: .notFound)
        case .signInScript: .pageFile("login.js") ?? .text("there is no page", status: .notFound)
        case .pageFile:
            .pageFile(try context.name("file")) ?? .text("the page has no such file", status: .notFound)
        }
    }

    // MARK: - What is

    private struct GroupList: Encodable { let groups: [GroupView] }
    private struct LoadList: Encodable { let loads: [LoadView] }

    private func readiness() async -> Response {
        guard let words = await source.unreadiness() else { return .text("ready") }
        return .text(words, status: .serviceUnavailable)
    }

    private func metrics(_ reach: Reach) async -> Response {
        guard let report = await source.metrics(reach) else {
            return .text("this page has no metrics; each agent has its own", status: .notFound)
        }
        return .bytes(report.write(), type: PrometheusText.contentType)
    }

    /// What its sender may see and switch.
    func reach(_ context: WebRequestContext) -> Reach { source.reach(of: context.visitor.rights) }

    /// What somebody sees of the PDU that a path names.
    func seenPDU(_ context: WebRequestContext) async throws -> PDUView {
        let name = try context.name("pdu")
        guard let pdu = await source.pdu(name, reach(context)) else {
            if source.hasPDU(name) { note(context, "\(name) is outside of the user's scope") }
            throw HTTPError(.notFound, message: "there is no such PDU")
        }
        return pdu
    }

    private func refresh(_ context: WebRequestContext) async throws -> Response {
        let pdu = try await seenPDU(context)
        do throws(SourceTrouble) {
            try await source.refresh(pdu.name, from: context.visitor.sender)
        } catch {
            return .text(error.message, status: .serviceUnavailable)
        }
        return .text("the PDU is being read", status: .accepted)
    }

    // MARK: - Commands

    private func command(
        _ request: Request,
        _ context: WebRequestContext,
        for target: CommandTarget
    ) async throws -> Response {
        let sender = context.visitor.sender
        var isForLoad = false
        if case .load = target { isForLoad = true }
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(
                try await body(of: request),
                by: context,
                isForLoad: isForLoad,
                wantsNoWait: request.wantsNoWait
            )
        } catch {
            return answer(source.refuse(error, for: target, by: Self.sender(context), from: sender))
        }
        guard places.hold(context.channel, for: context.peer) else { return .tooManyWait }
        defer { places.release(context.channel) }
        do {
            let result = try await waiting(request) { [source] in
                try await source.carryOut(command, for: target, from: sender)
            }
            return result.flatMap(\.self).map(answer) ?? pending(command, request)
        } catch let trouble as SourceTrouble {
            return .text(trouble.message, status: .serviceUnavailable)
        }
    }

    private func answer(_ answer: CommandAnswer) -> Response {
        .json(answer, status: answer.status.httpStatus(answer.error))
    }

    /// What became of a command, once it is known; nothing when that takes longer than the client wants to wait.
    private func waiting<Value: Sendable>(
        _ request: Request,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await TimeLimit.within(request.wantsNoWait ? Self.acceptTime : outcomeTime, body)
    }

    private func pending(_ command: Command, _ request: Request) -> Response {
        var response = Response.json(
            PendingView(id: command.id, message: "the command goes on; its result comes as an event and over MQTT"),
            status: .accepted
        )
        if request.wantsNoWait, let name = HTTPField.Name("Preference-Applied") {
            response.headers[name] = "respond-async"
        }
        return response
    }

    func body(of request: Request) async throws(BadPayload) -> [UInt8] { try await Self.body(of: request) }

    static func body(
        of request: Request,
        limit: Int = CommandPayload.maximumSize
    ) async throws(BadPayload) -> [UInt8] {
        let body = request.body
        let collected: ByteBuffer?
        do {
            collected = try await TimeLimit.within(bodyTime) {
                try await body.collect(upTo: limit)
            }
        } catch is NIOTooManyBytesError {
            throw BadPayload("the body has more than \(limit) bytes")
        } catch {
            throw BadPayload("the body did not arrive whole")
        }
        guard let collected else { throw BadPayload("the body did not arrive within \(bodyTime)") }
        return Array(collected.readableBytesView)
    }

    private static func command(
        _ bytes: [UInt8],
        by context: WebRequestContext,
        isForLoad: Bool = false,
        wantsNoWait: Bool
    ) throws(BadPayload) -> Command {
        // A bare word is a command over MQTT. As JSON it would be a value that may have got there by accident: `false`.
        let first = bytes.first { !" \t\r\n".utf8.contains($0) }
        guard first == nil || first == UInt8(ascii: "{") else {
            throw BadPayload("the body is no JSON object; send a command like {\"action\":\"ON\"}")
        }
        guard case .command(var command) = try CommandPayload.read(bytes, isForLoad: isForLoad) else {
            throw BadPayload("the body is empty; send a command like {\"action\":\"ON\"}")
        }
        command.by = command.by ?? sender(context)
        // Without a name of its own, its result could not be told from others.
        if wantsNoWait { command.id = command.id ?? "web-" + String(UInt64.random(in: .min ... .max), radix: 36) }
        return command
    }

    private static func sender(_ context: WebRequestContext) -> String { context.visitor.name ?? "web" }

    // MARK: - Events

    private func events(_ request: Request, _ context: WebRequestContext) async -> Response {
        let headers: HTTPFields = [.contentType: "text/event-stream"]
        if request.method == .head { return Response(status: .ok, headers: headers, body: ResponseBody { _ in }) }
        guard places.hold(context.channel, for: context.peer) else { return .tooManyWait }
        let ear = Ear(context.visitor, desk: signIn, source: source)
        guard let (number, queue) = source.watch.events.join(ear.heard) else {
            places.release(context.channel)
            return .text("too many clients follow the events", status: .serviceUnavailable)
        }
        let version = await source.about(page).info.version
        let hub = source.watch.events
        // A client that hangs up at once never has a body.
        context.channel.closeFuture.whenComplete { _ in hub.leave(number) }
        let body = ResponseBody { [places] writer in
            defer {
                hub.leave(number)
                places.release(context.channel)
            }
            try await writer.write(ServerSentEvent.hello(version: version))
            try await withGracefulShutdownHandler {
                while let batch = await queue.next() {
                    switch ear.lookAgain() {
                    case .same: try await writer.write(contentsOf: batch)
                    case .changed: try await writer.write(ServerSentEvent.dropped(UInt64(batch.count)))
                    case .gone: return
                    }
                }
            } onGracefulShutdown: {
                queue.close()
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension Request {
    /// Whether the client wants an answer as soon as its command is taken (RFC 7240).
    fileprivate var wantsNoWait: Bool {
        guard let name = HTTPField.Name("Prefer") else { return false }
        return headers[values: name].joined(separator: ",").split(separator: ",").contains {
            $0.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased() == "respond-async"
        }
    }
}
