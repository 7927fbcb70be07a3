import Agent
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

    let fleet: FleetAccess
    let watch: AgentWatch
    /// How long a request waits for the outcome of its command.
    let outcomeTime: Duration

    /// The routes with all that guards them.
    func router(credentials: WebCredentials, logger: Logger) -> Router<WebRequestContext> {
        let router = Router(context: WebRequestContext.self)
        router.add(
            middleware: GuardMiddleware(
                requestGuard: RequestGuard(credentials: credentials),
                judge: { requestGuard, facts, path in
                    requestGuard.judge(
                        facts,
                        isOpen: Endpoint.isOpen(path, requestGuard.credentials),
                        isForPages: Endpoint.isForPages(path)
                    )
                },
                logger: logger
            )
        )
        for endpoint in Endpoint.allCases {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                try await self.serve(endpoint, request, context)
            }
        }
        return router
    }

    private func serve(_ endpoint: Endpoint, _ request: Request, _ context: WebRequestContext) async throws -> Response
    {
        switch endpoint {
        case .health: .text("alive")
        case .readiness: await readiness()
        case .metrics: await metrics()
        case .agent: .json(await fleet.info())
        case .pdus: .json(PDUList(pdus: await views()))
        case .pdu: try await pdu(context)
        case .pduLog, .outletLog: try await log(request, context)
        case .pduHistory, .outletHistory: try await history(context)
        case .refresh: try await refresh(context)
        case .outlets: .json(OutletList(outlets: await views().flatMap(\.outlets)))
        case .command: try await command(request, context)
        case .groups: .json(GroupList(groups: groups()))
        case .groupCommand: try await groupCommand(request, context)
        case .loads: .json(LoadList(loads: fleet.router.loadSnapshots.map(LoadView.init)))
        case .loadCommand: try await loadCommand(request, context)
        case .events: await events()
        case .description: .bytes(Array(EmbeddedFiles.openapi.utf8), type: "application/yaml; charset=utf-8")
        case .page: .bytes(Array(EmbeddedFiles.page.utf8), type: "text/html; charset=utf-8")
        case .script: .script(EmbeddedFiles.script)
        case .plotScript: .script(EmbeddedFiles.plotScript)
        case .detailScript: .script(EmbeddedFiles.detailScript)
        case .style: .bytes(Array(EmbeddedFiles.style.utf8), type: "text/css; charset=utf-8")
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

    private func metrics() async -> Response {
        let report = MetricsReport(
            info: await fleet.info(),
            isReady: await fleet.isOnline(),
            broker: fleet.broker(),
            snapshots: await fleet.snapshots(),
            loads: fleet.router.loadSnapshots,
            commands: watch.commands,
            eventClients: watch.events.clientCount
        )
        return .bytes(report.write(), type: PrometheusText.contentType)
    }

    private func views() async -> [PDUView] {
        let changes = watch.changes
        return await fleet.snapshots().map { PDUView($0, changes: changes) }
    }

    private func groups() -> [GroupView] {
        fleet.router.groups.sorted { $0.key < $1.key }.map { GroupView($0.key, $0.value) }
    }

    func lane(_ context: WebRequestContext) throws -> PDULane {
        let name = try context.parameters.require("pdu")
        guard let lane = fleet.lanes[name] else { throw HTTPError(.notFound, message: "there is no such PDU") }
        return lane
    }

    private func pdu(_ context: WebRequestContext) async throws -> Response {
        try .json(PDUView(await lane(context).snapshot, changes: watch.changes))
    }

    private func refresh(_ context: WebRequestContext) async throws -> Response {
        try await lane(context).refresh()
        return .text("the PDU is being read", status: .accepted)
    }

    // MARK: - Commands

    private func command(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let name = try context.parameters.require("pdu")
        let outlet = OutletLevel(topicLevel: Substring(try context.parameters.require("outlet")))
        let router = fleet.router
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(try await body(of: request), by: context)
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
            let result = try await TimeLimit.within(outcomeTime) { await router.execute(command, on: outletID) }
            return result.map(answer) ?? pending(command)
        case .all:
            let result = try await TimeLimit.within(outcomeTime) { await router.execute(command, onAllOf: pdu) }
            return result.map(answer) ?? pending(command)
        case .other:
            return answer(router.refuseUnknown(command, pdu: name, outlet: outlet))
        }
    }

    private func groupCommand(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let name = try context.parameters.require("group")
        let router = fleet.router
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(try await body(of: request), by: context)
        } catch {
            return answer(router.refuse(error, group: name))
        }
        let result = try await TimeLimit.within(outcomeTime) { await router.execute(command, onGroup: name) }
        return result.map(answer) ?? pending(command)
    }

    private func loadCommand(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let name = try context.parameters.require("load")
        let router = fleet.router
        let command: Command
        do throws(BadPayload) {
            command = try Self.command(try await body(of: request), by: context, isForLoad: true)
        } catch {
            return answer(router.refuse(error, load: name))
        }
        let result = try await TimeLimit.within(outcomeTime) { await router.execute(command, onLoad: name) }
        return result.map(answer) ?? pending(command)
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

    private func pending(_ command: Command) -> Response {
        .json(
            PendingView(id: command.id, message: "the command goes on; its result comes as an event and over MQTT"),
            status: .accepted
        )
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
        isForLoad: Bool = false
    ) throws(BadPayload) -> Command {
        guard case .command(var command) = try CommandPayload.read(bytes) else {
            throw BadPayload("the body is empty; send a command like {\"action\":\"ON\"}")
        }
        if command.withDependents != nil, !isForLoad {
            throw BadPayload("'with_dependents' goes with loads only", id: command.id)
        }
        command.by = command.by ?? sender(context)
        return command
    }

    private static func sender(_ context: WebRequestContext) -> String { context.visitor.name ?? "web" }

    // MARK: - Events

    private func events() async -> Response {
        guard let (number, queue) = watch.events.join() else {
            return .text("too many clients follow the events", status: .serviceUnavailable)
        }
        let version = await fleet.info().version
        let hub = watch.events
        let body = ResponseBody { writer in
            defer { hub.leave(number) }
            try await writer.write(ServerSentEvent.hello(version: version))
            try await withGracefulShutdownHandler {
                while let batch = await queue.next() { try await writer.write(contentsOf: batch) }
            } onGracefulShutdown: {
                queue.close()
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
    }
}
