import Credentials
import Foundation
import HTTPTypes
import Hummingbird
public import Logging
import Synchronization

/// Serves the page with which somebody begins, where there is no configuration yet: on the loopback, to whoever has the
/// link that the terminal shows.
public struct SetupServer: Sendable {
    private static let host = "127.0.0.1"

    /// Everything that is served.
    enum Endpoint: CaseIterable, Sendable, Equatable {
        case health, start, page, pageFile, claim
        case work(SetupAPI.Work)

        static let allCases = [.health, .start, .page, .pageFile, .claim] + SetupAPI.Work.allCases.map(Self.work)

        var method: HTTPRequest.Method {
            switch self {
            case .claim: .post
            case .health, .start, .page, .pageFile: .get
            case .work(let work): work.method
            }
        }

        var path: String {
            switch self {
            case .health: "/healthz"
            case .start: "/"
            case .page: "/setup.html"
            case .pageFile: "/page/{file}"
            case .claim: "/api/v1/setup/claim"
            case .work(let work): work.path
            }
        }

        /// Whether everybody on this machine may see it: the page without data, and the door to the rest.
        var isOpen: Bool { [.health, .start, .page, .pageFile, .claim].contains(self) }
    }

    /// The link's token, which is good once, and the key that it was changed for, which is good until the end.
    private final class Claim: Sendable {
        private let state: Mutex<(token: TokenHash?, key: TokenHash?)>

        init(_ token: String) { state = Mutex((TokenHash(of: token), nil)) }

        /// The key for a token; nothing when it is wrong, or was used.
        func claim(_ token: String) -> String? {
            let key = RandomSecret.token()
            return state.withLock { state in
                guard let known = state.token, known.isEqual(to: TokenHash(of: token)) else { return nil }
                state = (nil, TokenHash(of: key))
                return key
            }
        }

        func admits(_ authorization: String?) -> Bool {
            guard let authorization, authorization.lowercased().hasPrefix("bearer ") else { return false }
            let shown = TokenHash(of: authorization.dropFirst("bearer ".count))
            return state.withLock { $0.key?.isEqual(to: shown) ?? false }
        }
    }

    private struct Token: Decodable { var token: String }
    private struct Key: Encodable { let key: String }

    private let claim: Claim
    private let desk: any SetupDesk
    private let listener: HTTPListener

    /// A server for one set-up.
    ///
    /// - Parameters:
    ///   - port: the TCP port on 127.0.0.1; 0 for any free one.
    ///   - token: what the link has behind its `#`, good for one browser.
    ///   - desk: does what the page wants.
    ///   - onListening: told the port.
    public init(
        port: Int,
        token: String,
        desk: any SetupDesk,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        claim = Claim(token)
        self.desk = desk
        listener = HTTPListener(
            section: "web",
            place: .port(host: Self.host, port),
            tls: nil,
            logger: logger,
            places: ConnectionPlaces(),
            onListening: onListening
        )
    }

    /// Serves until the task is cancelled; what is being answered then is still answered.
    public func run() async {
        await listener.run(
            GuardedResponder(
                routes: Routes(Endpoint.allCases.map { ($0.method, path: $0.path, $0) }),
                judge: judge,
                serve: serve,
                logger: listener.logger
            )
        )
    }

    @Sendable private func judge(_ facts: RequestFacts, _ peer: PeerAddress, _ endpoint: Endpoint?) async
        -> RequestGuard.Verdict
    {
        // A foreign page whose host's name was made to point here still sends that name.
        guard RequestGuard.isLoopback(facts.host) else {
            return .refuse(.misdirectedRequest, "the set-up is for 127.0.0.1 and localhost only")
        }
        let isOpen = endpoint?.isOpen ?? false
        guard isOpen || claim.admits(facts.authorization) else {
            return .refuse(
                .forbidden,
                "open the link that busbar agent printed; it is good once, so start busbar agent again for a new one"
            )
        }
        return RequestGuard(credentials: WebCredentials()).judge(
            facts,
            from: Visitor(name: nil),
            isClosed: true,
            isOpen: isOpen,
            isForPages: isOpen && endpoint != .claim
        )
    }

    @Sendable private func serve(_ endpoint: Endpoint, _ request: Request, _ context: WebRequestContext) async throws
        -> Response
    {
        switch endpoint {
        case .health: return .text("being set up")
        case .start, .page: return .pageFile("setup.html") ?? .text("there is no page", status: .notFound)
        case .pageFile:
            return .pageFile(try context.name("file")) ?? .text("the page has no such file", status: .notFound)
        case .claim:
            guard let body = try? await WebAPI.body(of: request),
                let shown = try? JSONDecoder().decode(Token.self, from: Data(body)), let key = claim.claim(shown.token)
            else {
                return .text(
                    "this link was used already, or is an old one; start busbar agent again for a new one",
                    status: .forbidden
                )
            }
            return .json(Key(key: key))
        case .work(let work): return try await SetupAPI(desk: desk).answer(work, request)
        }
    }
}
