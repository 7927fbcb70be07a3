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
    /// What the site says of its page.
    let page: PageSettings
    /// How long a request waits for the outcome of its command.
    let outcomeTime: Duration

    /// Who may wait.
    let places: ConnectionPlaces
    let guesses: GuessDesk

    /// Answers requests, with all that guards them.
    func responder(credentials: WebCredentials, logger: Logger) -> GuardedResponder<Endpoint> {
        let requestGuard = RequestGuard(credentials: credentials)
        return GuardedResponder(
            routes: Routes(Endpoint.allCases.map { ($0.method, path: $0.path, $0) }),
            challenge: credentials.hasLogin
                ? "Basic realm=\"Busbar\", charset=\"UTF-8\"" : "Bearer realm=\"Busbar\"",
            judge: { [guesses, watch] facts, peer, endpoint in
                let isOpen = endpoint?.isOpen(credentials) ?? false
                // What is open to everybody, or shows nothing, is no guess.
                let isGuess = !isOpen && !credentials.isEmpty && facts.authorization != nil
                return guesses.withBook { guesses in
                    let now = ContinuousClock.now
                    if isGuess, let pause = guesses.pause(of: peer, at: now) { return .pause(pause) }
                    let verdict = requestGuard.judge(
                        facts,
                        isOpen: isOpen,
                        isForPages: endpoint?.isForPages ?? true,
                        content: endpoint?.content(of: facts.method) ?? .anything
                    )
                    if isGuess, case .refuse(.unauthorized, _) = verdict {
                        guesses.wrong(peer, at: now)
                        watch.addWrongCredentials()
                        // Programs like fail2ban read this line: docs/web.md has the expression.
                        logger.warning("wrong credentials", metadata: ["address": "\(peer)"])
                    }
                    return verdict
                }
            },
            serve: serve,
            proxies: places.limits.proxies,
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
        case .metrics: await metrics()
        case .agent: .json(await agent())
        case .pdus: .json(PDUList(pdus: await views()))
        case .pdu: try await pdu(context)
        case .log: await siteLog(request)
        case .pduLog, .outletLog: try await log(request, context)
        case .pduHistory, .outletHistory: try await history(request, context)
        case .refresh: try await refresh(context)
        case .outlets: .json(OutletList(outlets: await views().flatMap(\.outlets)))
        case .command: try await command(request, context)
        case .groups: .json(GroupList(groups: groups()))
        case .groupCommand: try await groupCommand(request, context)
        case .loads: .json(LoadList(loads: fleet.router.loadSnapshots.map(LoadView.init)))
        case .loadCommand: try await loadCommand(request, context)
        case .events: await events(request, context)
        case .description: .bytes(Array(EmbeddedFiles.openapi.utf8), type: "application/yaml; charset=utf-8")
        case .page: .pageFile("index.html") ?? .text("there is no page", status: .notFound)
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

    private func metrics() async -> Response {
        let report = MetricsReport(
            info: await fleet.info(),
            isReady: await fleet.isOnline(),
            broker: fleet.broker(),
            snapshots: await fleet.snapshots(),
            loads: fleet.router.loadSnapshots,
            commands: watch.commands,
            wrongCredentials: watch.wrongCredentials,
            eventClients: watch.events.clientCount
        )
        return .bytes(report.write(), type: PrometheusText.contentType)
    }

    private func views() async -> [PDUView] {
        let (changes, since) = (watch.changes, watch.since)
        return await fleet.snapshots().map { PDUView($0, changes: changes, since: since) }
    }

    private func groups() -> [GroupView] {
        fleet.router.groups.sorted { $0.key < $1.key }.map { GroupView($0.key, $0.value) }
    }

    func lane(_ context: WebRequestContext) throws -> PDULane {
        let name = try context.name("pdu")
        guard let lane = fleet.lanes[name] else { throw HTTPError(.notFound, message: "there is no such PDU") }
        return lane
    }

    private func pdu(_ context: WebRequestContext) async throws -> Response {
        try .json(PDUView(await lane(context).snapshot, changes: watch.changes, since: watch.since))
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
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(try await body(of: request), by: context, wantsNoWait: request.wantsNoWait)
        } catch {
            let result = router.refuse(error, pdu: name, outlet: outlet, by: Self.sender(context))
            return .json(result, status: result.status.httpStatus(result.error))
        }
        guard let pdu = PDUName(name), fleet.lanes[name] != nil else {
            return answer(router.refuseUnknown(command, pdu: name, outlet: outlet))
        }
        switch outlet {
        case .number(let number):
            let outletID = OutletID(pdu: pdu, outlet: number)
            return try await held(context) {
                let result = try await waiting(request) { await router.execute(command, on: outletID) }
                return result.map(answer) ?? pending(command, request)
            }
        case .all:
            return try await held(context) {
                let result = try await waiting(request) { await router.execute(command, onAllOf: pdu) }
                return result.map(answer) ?? pending(command, request)
            }
        case .other:
            return answer(router.refuseUnknown(command, pdu: name, outlet: outlet))
        }
    }

    private func groupCommand(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let name = try context.name("group")
        let router = fleet.router
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(try await body(of: request), by: context, wantsNoWait: request.wantsNoWait)
        } catch {
            return answer(router.refuse(error, group: name))
        }
        return try await held(context) {
            let result = try await waiting(request) { await router.execute(command, onGroup: name) }
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
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(
                try await body(of: request),
                by: context,
                isForLoad: true,
                wantsNoWait: request.wantsNoWait
            )
        } catch {
            return answer(router.refuse(error, load: name))
        }
        return try await held(context) {
            let result = try await waiting(request) { await router.execute(command, onLoad: name) }
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

    private func body(of request: Request) async throws(BadPayload) -> [UInt8] {
        let body = request.body
        let collected: ByteBuffer?
        do {
            collected = try await TimeLimit.within(Self.bodyTime) {
                try await body.collect(upTo: CommandPayload.maximumSize)
            }
        } catch is NIOTooManyBytesError {
            throw BadPayload("the body has more than \(CommandPayload.maximumSize) bytes")
        } catch {
            throw BadPayload("the body did not arrive whole")
        }
        guard let collected else { throw BadPayload("the body did not arrive within \(Self.bodyTime)") }
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
        guard let (number, queue) = watch.events.join() else {
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
                while let batch = await queue.next() { try await writer.write(contentsOf: batch) }
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
