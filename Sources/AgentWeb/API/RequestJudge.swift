import Agent
import Credentials
import Foundation
import HTTPTypes
import Logging
import Power
import Synchronization

/// Finds out who asks, and whether it is served.
struct RequestJudge: Sendable {
    let requestGuard: RequestGuard
    let proxyLogin: ProxyLogin?
    /// As whom somebody asks who shows nothing; only at a Unix socket.
    var socketUser: String?
    let api: WebAPI
    let logger: Logger

    private enum Finding {
        /// Nothing that says who it is.
        case nobody
        case visitor(Visitor)
        case refused(RequestGuard.Verdict)
    }

    @Sendable func judge(_ facts: RequestFacts, _ peer: PeerAddress, _ endpoint: Endpoint?) async
        -> RequestGuard.Verdict
    {
        let credentials = requestGuard.credentials
        let hasUsers = api.signIn.hasUsers
        let isClosed = hasUsers || proxyLogin != nil
        let isOpen = endpoint?.isOpen(credentials, hasUsers: isClosed) ?? false
        var visitor: Visitor?
        // What is open to everybody, or shows nothing, is no guess.
        if !isOpen, isClosed || !credentials.isEmpty {
            switch await find(facts, peer) {
            case .nobody:
                if facts.method == .post { note(nil, facts, endpoint, peer, "nothing was shown that says who asks") }
            case .visitor(let found): visitor = found
            case .refused(let verdict):
                if case .refuse(.unauthorized, let words) = verdict { note(nil, facts, endpoint, peer, words) }
                return verdict
            }
        }
        let verdict = requestGuard.judge(
            facts,
            from: visitor,
            isClosed: isClosed,
            isOpen: isOpen,
            isForPages: endpoint?.isForPages ?? true,
            content: endpoint?.content(of: facts.method) ?? .anything
        )
        guard case .serve(let served) = verdict, !isOpen, case .role(let role)? = endpoint?.need,
            served.rights.role < role
        else { return verdict }
        let words = "the role \(served.rights.role.rawValue) may not do this; it takes \(role.rawValue)"
        note(served.user, facts, endpoint, peer, words)
        return .refuse(.forbidden, words)
    }

    private func find(_ facts: RequestFacts, _ peer: PeerAddress) async -> Finding {
        if let authorization = facts.authorization { return await find(authorization, peer) }
        if let name = facts.proxyUser, let proxyLogin {
            if let user = api.signIn.user(named: name) { return .visitor(Visitor(user, by: .proxy(isUser: true))) }
            guard let others = proxyLogin.others, Sender.isName(name) else {
                return .refused(.refuse(.unauthorized, "the proxy's user '\(name.prefix(64))' is none of the agent's"))
            }
            return .visitor(Visitor(name: name, rights: others, way: .proxy(isUser: false)))
        }
        if let secret = facts.cookie(api.cookie), let (user, number) = api.signIn.session(secret) {
            return .visitor(Visitor(user, by: .session(number)))
        }
        guard let socketUser else { return .nobody }
        guard let user = api.signIn.user(named: socketUser) else {
            return .refused(
                .refuse(.unauthorized, "web.socket.user is '\(socketUser)', who is none of the agent's users")
            )
        }
        return .visitor(Visitor(user, by: .socket))
    }

    private enum Glance {
        case visitor(Visitor)
        case wrong
        case pause(Duration)
        case password(String, String)
    }

    private func find(_ authorization: String, _ peer: PeerAddress) async -> Finding {
        let glance = api.guesses.withBook { guesses -> Glance in
            let now = ContinuousClock.now
            if let pause = guesses.pause(of: peer, at: now) { return .pause(pause) }
            let glance = look(at: authorization)
            if case .wrong = glance { guesses.wrong(peer, at: now) }
            return glance
        }
        switch glance {
        case .visitor(let visitor): return .visitor(visitor)
        case .pause(let pause): return .refused(.pause(pause))
        case .wrong: return .refused(wrong(peer))
        case .password(let name, let password):
            switch await api.check(name, password, from: peer) {
            case .right(let user):
                return .visitor(Visitor(user, by: .user(proof: user.password?.description ?? "")))
            case .wrong: return .refused(wrong(peer))
            case .busy: return .refused(WebAPI.busy)
            case .pause(let pause): return .refused(.pause(pause))
            }
        }
    }

    /// What can be told of credentials at once.
    private func look(at authorization: String) -> Glance {
        let credentials = requestGuard.credentials
        if !credentials.isEmpty, let visitor = credentials.admit(authorization) { return .visitor(visitor) }
        guard let space = authorization.firstIndex(of: " ") else { return .wrong }
        let value = authorization[authorization.index(after: space)...].drop { $0 == " " }
        switch authorization[..<space].lowercased() {
        case "bearer":
            guard let (user, proof) = api.signIn.user(ofToken: value) else { return .wrong }
            return .visitor(Visitor(user, by: .user(proof: proof)))
        case "basic":
            guard api.signIn.hasUsers, let shown = Data(base64Encoded: String(value)),
                let text = String(data: shown, encoding: .utf8), let colon = text.firstIndex(of: ":")
            else { return .wrong }
            return .password(String(text[..<colon]), String(text[text.index(after: colon)...]))
        default: return .wrong
        }
    }

    private func wrong(_ peer: PeerAddress) -> RequestGuard.Verdict {
        api.noteWrongCredentials(of: peer, logger)
        return .refuse(.unauthorized, "credentials are required, or the ones shown are wrong")
    }

    private func note(
        _ user: String?,
        _ facts: RequestFacts,
        _ endpoint: Endpoint?,
        _ peer: PeerAddress,
        _ words: String
    ) {
        let request = "\(facts.method.rawValue) \(endpoint?.path ?? "a path that leads nowhere")"
        api.note(Denial(user: user, door: .http, request: request, message: "\(words); from \(peer)"))
    }
}

/// What a client of the events may hear, by what its user may see at the moment.
final class Ear: Sendable {
    enum Change {
        case same
        /// It may hear something else than before.
        case changed
        /// It would not be let in any more.
        case gone
    }

    private let visitor: Visitor
    private let desk: SignInDesk
    private let source: any PageSource
    private let reach: Mutex<Reach>

    init(_ visitor: Visitor, desk: SignInDesk, source: any PageSource) {
        self.visitor = visitor
        self.desk = desk
        self.source = source
        reach = Mutex(source.reach(of: visitor.rights))
    }

    @Sendable func heard(_ event: PageEvent) -> PageEvent? { reach.withLock { $0.heard(event) } }

    /// Looks whether it may hear the same as before.
    func lookAgain() -> Change {
        guard let rights = desk.rightsNow(of: visitor), rights.role >= .view else { return .gone }
        return reach.withLock { reach in
            // What groups and loads are made of may have changed too; that shows from the next event on.
            defer { reach = reach.seesEverything && reach.rights == rights ? reach : source.reach(of: rights) }
            return reach.rights == rights ? .same : .changed
        }
    }
}
