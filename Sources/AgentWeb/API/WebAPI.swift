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

    let fleet: FleetAccess
    let watch: AgentWatch
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
        case .agent: .json(await agent())
        case .pdus: .json(PDUList(pdus: await views(reach(context))))
        case .pdu: try await pdu(context)
        case .log: await siteLog(request, context)
        case .pduLog, .outletLog: try await log(request, context)
        case .pduHistory, .outletHistory: try await history(request, context)
        case .refresh: try await refresh(context)
        case .outlets: .json(OutletList(outlets: await views(reach(context)).flatMap(\.outlets)))
        case .command: try await command(request, context)
        case .groups: .json(GroupList(groups: groups(reach(context))))
        case .groupCommand: try await groupCommand(request, context)
        case .loads: .json(LoadList(loads: loads(reach(context)).map { LoadView($0, reach(context)) }))
        case .loadCommand: try await loadCommand(request, context)
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
        case .description: .bytes(Array(EmbeddedFiles.openapi.utf8), type: "application/yaml; charset=utf-8")
        case .page: .pageFile("index.html") ?? .text("there is no page", status: .notFound)
        case .signInPage: .pageFile("login.html") ?? .text("there is no page", status: .notFound)
        case .signInScript: .pageFile("login.js") ?? .text("there is no page", status: .notFound)
        case .pageFile:
            .pageFile(try context.name("file")) ?? .text("the page has no such file", status: .notFound)
        }
    }

    // MARK: - What is

    private struct PDUList: Encodable { let pdus: [PDUView] }
    private struct OutletList: Encodable { let outlets: [OutletView] }
    private struct GroupList: Encodable { let groups: [GroupView] }
    private struct LoadList: Encodable { let loads: [LoadView] }

    private func readiness() async -> Response {
        if await fleet.isOnline() { return .text("ready") }
        let words =
            fleet.broker().isSubscribed
            ? "the devices are being asked for the first time, or the agent is stopping"
            : "the broker is not connected, or has not granted the subscriptions"
        return .text(words, status: .serviceUnavailable)
    }

    private func agent() async -> AgentView {
        AgentView(await fleet.info(), broker: fleet.broker(), isReady: await fleet.isOnline(), fleet.audit?.lost, page)
    }

    private func metrics(_ reach: Reach) async -> Response {
        let report = MetricsReport(
            info: await fleet.info(),
            isReady: await fleet.isOnline(),
            broker: fleet.broker(),
            snapshots: await fleet.snapshots().compactMap { reach.rights.role == .metrics ? $0 : $0.seen(by: reach) },
            loads: reach.rights.role == .metrics ? fleet.router.loadSnapshots : loads(reach),
            commands: watch.commands,
            wrongCredentials: watch.wrongCredentials,
            eventClients: watch.events.clientCount
        )
        return .bytes(report.write(), type: PrometheusText.contentType)
    }

    /// What its sender may see and switch.
    func reach(_ context: WebRequestContext) -> Reach { fleet.router.reach(of: context.visitor.rights) }

    private func views(_ reach: Reach) async -> [PDUView] {
        let (changes, since) = (watch.changes, watch.since)
        return await fleet.snapshots().compactMap { $0.seen(by: reach) }.map {
            PDUView($0, changes: changes, since: since, reach)
        }
    }

    private func groups(_ reach: Reach) -> [GroupView] {
        fleet.router.groups.filter { reach.sees(group: $0.key) }.sorted { $0.key < $1.key }.map {
            GroupView($0.key, $0.value, reach)
        }
    }

    private func loads(_ reach: Reach) -> [LoadSnapshot] {
        fleet.router.loadSnapshots.filter { reach.sees(load: $0.name) }
    }

    func lane(_ context: WebRequestContext) throws -> PDULane {
        let name = try context.name("pdu")
        guard let lane = fleet.lanes[name] else { throw HTTPError(.notFound, message: "there is no such PDU") }
        guard reach(context).sees(pdu: name) else {
            note(context, "\(name) is outside of the user's scope")
            throw HTTPError(.notFound, message: "there is no such PDU")
        }
        return lane
    }

    private func pdu(_ context: WebRequestContext) async throws -> Response {
        let reach = reach(context)
        guard let snapshot = try await lane(context).snapshot.seen(by: reach) else { throw HTTPError(.notFound) }
        return .json(PDUView(snapshot, changes: watch.changes, since: watch.since, reach))
    }

    private func refresh(_ context: WebRequestContext) async throws -> Response {
        try await lane(context).refresh()
        return .text("the PDU is being read", status: .accepted)
    }

    // MARK: - Commands

    private func command(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let name = try context.name("pdu")
        let outlet = OutletLevel(topicLevel: Substring(try context.name("outlet")))
        let router = fleet.router
        let sender = context.visitor.sender
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(try await body(of: request), by: context, wantsNoWait: request.wantsNoWait)
        } catch {
            let result = router.refuse(error, pdu: name, outlet: outlet, by: Self.sender(context), from: sender)
            return .json(result, status: result.status.httpStatus(result.error))
        }
        guard let pdu = PDUName(name), fleet.lanes[name] != nil else {
            return answer(router.refuseUnknown(command, pdu: name, outlet: outlet, from: sender))
        }
        switch outlet {
        case .number(let number):
            let outletID = OutletID(pdu: pdu, outlet: number)
            return try await held(context) {
                let result = try await waiting(request) { await router.execute(command, on: outletID, from: sender) }
                return result.map(answer) ?? pending(command, request)
            }
        case .all:
            return try await held(context) {
                let result = try await waiting(request) { await router.execute(command, onAllOf: pdu, from: sender) }
                return result.map(answer) ?? pending(command, request)
            }
        case .other:
            return answer(router.refuseUnknown(command, pdu: name, outlet: outlet, from: sender))
        }
    }

    private func groupCommand(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let name = try context.name("group")
        let router = fleet.router
        let sender = context.visitor.sender
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(try await body(of: request), by: context, wantsNoWait: request.wantsNoWait)
        } catch {
            return answer(router.refuse(error, group: name, from: sender))
        }
        return try await held(context) {
            let result = try await waiting(request) { await router.execute(command, onGroup: name, from: sender) }
            return result.map(answer) ?? pending(command, request)
        }
    }

    /// What may take long, when not too much of it is under way.
    private func held(_ context: WebRequestContext, _ body: () async throws -> Response) async throws -> Response {
        guard places.hold(context.channel, for: context.peer) else { return .tooManyWait }
        defer { places.release(context.channel) }
        return try await body()
    }

    private func loadCommand(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let name = try context.name("load")
        let router = fleet.router
        let sender = context.visitor.sender
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(
                try await body(of: request),
                by: context,
                isForLoad: true,
                wantsNoWait: request.wantsNoWait
            )
        } catch {
            return answer(router.refuse(error, load: name, from: sender))
        }
        return try await held(context) {
            let result = try await waiting(request) { await router.execute(command, onLoad: name, from: sender) }
            return result.map(answer) ?? pending(command, request)
        }
    }

    private func answer(_ result: LoadResult) -> Response {
        .json(result, status: result.status.httpStatus(result.error))
    }

    private func answer(_ result: CommandResult) -> Response {
        .json(result, status: result.status.httpStatus(result.error))
    }

    private func answer(_ result: GroupResult) -> Response {
        .json(result, status: result.status.httpStatus(result.error))
    }

    /// What became of a command, once it is known; nothing when that takes longer than the client wants to wait.
    private func waiting<Value: Sendable>(
        _ request: Request,
        _ body: @escaping @Sendable () async -> Value
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
        let ear = Ear(context.visitor, desk: signIn, router: fleet.router)
        guard let (number, queue) = watch.events.join(ear.heard) else {
            places.release(context.channel)
            return .text("too many clients follow the events", status: .serviceUnavailable)
        }
        let version = await fleet.info().version
        let hub = watch.events
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
