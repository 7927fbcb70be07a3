public import Agent
import HTTPTypes
import Hummingbird
public import Logging
import Power
public import ServiceLifecycle
import Synchronization

/// Serves clients made for pdudaemon (labgrid, LAVA): `GET /power/control/on|off|reboot?hostname=…&port=…&delay=…`.
///
/// Unlike pdudaemon it answers when the outcome is known, and with an error when it is not a good one.
public struct PDUDaemonServer: Service {
    private let fleet: FleetAccess
    private let outcomeTime: Duration
    private let isLoopback: Bool
    private let networks: [ClientNetwork]
    private let sender: Sender
    private let listener: HTTPListener
    /// Bounds what is written down of refusals.
    private let denials = Denials()

    /// A server that listens when it is run.
    ///
    /// - Parameters:
    ///   - host: a host's name or an IP address without brackets.
    ///   - port: the TCP port; 0 for any free one.
    ///   - allow: from where clients may come, besides this host.
    ///   - scope: what clients may switch.
    ///   - outcomeTime: how long a request waits for the outcome of its command, its delay not counted.
    ///   - onListening: told the port, each time the server begins to listen.
    public init(
        host: String,
        port: Int,
        allow: [ClientNetwork] = [],
        scope: Scope = .everything,
        fleet: FleetAccess,
        outcomeTime: Duration = .seconds(120),
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.init(
            host: host,
            port: port,
            allow: allow,
            scope: scope,
            fleet: fleet,
            outcomeTime: outcomeTime,
            limits: ConnectionLimits(),
            logger: logger,
            onListening: onListening
        )
    }

    init(
        host: String,
        port: Int,
        allow: [ClientNetwork] = [],
        scope: Scope = .everything,
        fleet: FleetAccess,
        outcomeTime: Duration,
        limits: ConnectionLimits,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.fleet = fleet
        self.outcomeTime = outcomeTime
        networks = ClientNetwork.loopback + allow
        sender = Sender(.pdudaemon, rights: Rights(role: .operate, scope: scope))
        isLoopback = RequestGuard.isLoopback(host.contains(":") ? "[\(host)]" : host)
        listener = HTTPListener(
            section: "pdudaemon",
            place: .port(host: host, port),
            tls: nil,
            logger: logger,
            places: ConnectionPlaces(limits),
            onListening: onListening
        )
    }

    /// Serves until the graceful shutdown. A port that cannot be had is reported and tried again.
    public func run() async {
        // `HEAD` is not answered as `GET` is, because a `GET` switches.
        let routes = Routes([(.get, path: "/power/control/{verb}", ())], answersHead: false)
        let requestGuard = RequestGuard(credentials: WebCredentials())
        await listener.run(
            GuardedResponder(
                routes: routes,
                judge: { facts, peer, _ in
                    guard networks.contains(peer) else {
                        let denial = Denial(
                            user: nil,
                            door: .pdudaemon,
                            request: "\(facts.method.rawValue) /power/control",
                            message: "\(peer) is not in pdudaemon.allow"
                        )
                        if denials.book.withLock({ $0.isNews(denial.message, at: .now) }) { fleet.router.note(denial) }
                        return .refuse(.forbidden, "\(peer) may not switch; add it to pdudaemon.allow if it should")
                    }
                    return requestGuard.judgeProgram(facts, isLoopback: isLoopback)
                },
                serve: { _, request, context in try await control(request, context) },
                logger: listener.logger
            )
        )
    }

    private func control(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let order: PDUDaemonRequest
        let verb = try context.name("verb")
        do throws(BadPayload) {
            let parameters = request.uri.queryParameters
            order = try PDUDaemonRequest(verb: verb) { name in parameters[name[...]].map { String($0) } }
        } catch {
            return .text("Invalid request: \(error.description)", status: .badRequest)
        }
        guard listener.places.hold(context.channel, for: context.peer) else { return .tooManyWait }
        defer { listener.places.release(context.channel) }
        let limit = outcomeTime + (order.command.delay ?? .zero) + (order.command.offTime ?? .zero)
        let router = fleet.router
        let result = try await TimeLimit.within(limit) { [sender] in
            await router.execute(order.command, on: order.outlet, from: sender)
        }
        guard let result else {
            return .text("Unknown: \(order.outlet) has not answered yet", status: .gatewayTimeout)
        }
        if result.status == .done {
            return .text("OK - accepted request: \(order.outlet) is \(result.state?.rawValue ?? "done")")
        }
        let words = result.error?.message ?? result.status.rawValue
        return .text("\(result.status.rawValue): \(words)", status: result.status.httpStatus(result.error))
    }
}

private final class Denials: Sendable {
    let book = Mutex(DenialBook())
}
