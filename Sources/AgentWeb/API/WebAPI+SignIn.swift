import Agent
import Credentials
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Power

/// Who is there, and how people sign in and out.
extension WebAPI {
    static let busy = RequestGuard.Verdict.refuse(
        .serviceUnavailable,
        "too many passwords wait to be checked; try again"
    )

    private struct MeView: Encodable {
        struct Rights: Encodable {
            let force: Bool
            let view: Bool
            let operate: Bool
            let admin: Bool
        }

        let name: String?
        let role: String
        let scope: [String]
        let rights: Rights
        /// Whether the page has something to sign out of.
        let session: Bool
        /// Whether devices may be added by the page, by who may.
        let setup: Bool
    }

    private struct SessionView: Encodable {
        let user: String
        let address: String
        let age: Int
        let unused: Int

        private enum CodingKeys: String, CodingKey {
            case user, address
            case age = "age_s"
            case unused = "unused_s"
        }
    }

    private struct SessionList: Encodable { let sessions: [SessionView] }
    private struct Ended: Encodable { let ended: Int }

    private struct Proof: Decodable {
        var name: String?
        var password: String?
        var token: String?
    }

    func me(_ context: WebRequestContext) -> Response {
        .json(view(of: context.visitor))
    }

    private func view(of visitor: Visitor) -> MeView {
        let rights = visitor.rights
        var hasSession = false
        if case .session = visitor.way { hasSession = true }
        return MeView(
            name: visitor.user,
            role: rights.role.rawValue,
            scope: rights.scope.parts.map(\.description),
            rights: .init(
                force: rights.mayForce && rights.role >= .operate,
                view: rights.role >= .view,
                operate: rights.role >= .operate,
                admin: rights.role >= .admin
            ),
            session: hasSession,
            setup: setup != nil
        )
    }

    /// Begins a session for somebody who shows a name and a password, or a token.
    func begin(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        guard signIn.hasUsers else {
            return .text("nobody signs in here: the agent's configuration has no users", status: .notFound)
        }
        let body: [UInt8]
        do throws(BadPayload) {
            body = try await self.body(of: request)
        } catch {
            return .text(error.description, status: .badRequest)
        }
        guard let shown = try? JSONDecoder().decode(Proof.self, from: Data(body)) else {
            return .text("send {\"name\": …, \"password\": …} or {\"token\": …}", status: .badRequest)
        }
        let peer = context.peer
        let found: (user: WebUser, proof: String)
        if let token = shown.token {
            let now = ContinuousClock.now
            let glance = guesses.withBook { guesses -> (pause: Duration?, found: (user: WebUser, proof: String)?) in
                if let pause = guesses.pause(of: peer, at: now) { return (pause, nil) }
                let found = signIn.user(ofToken: token)
                if found == nil { guesses.wrong(peer, at: now) }
                return (nil, found)
            }
            if let pause = glance.pause { return Self.pause(pause, peer) }
            guard let known = glance.found else { return wrong(nil, context) }
            found = known
        } else if let name = shown.name, let password = shown.password {
            switch await check(name, password, from: peer) {
            case .right(let user): found = (user, user.password?.description ?? "")
            case .wrong: return wrong(name, context)
            case .busy: return .text("too many passwords wait to be checked; try again", status: .serviceUnavailable)
            case .pause(let pause): return Self.pause(pause, peer)
            }
        } else {
            return .text("send {\"name\": …, \"password\": …} or {\"token\": …}", status: .badRequest)
        }
        // A cookie that the browser brought was somebody else's, or is not needed any more.
        if let old = context.facts.cookie(cookie) { signIn.end(old) }
        let secret = signIn.begin(found.user, proof: found.proof, from: peer)
        var response = Response.json(view(of: Visitor(found.user, by: .session(0))))
        response.headers[.setCookie] = cookieText(secret, context)
        return response
    }

    func end(_ context: WebRequestContext) -> Response {
        if let secret = context.facts.cookie(cookie) { signIn.end(secret) }
        var response = Response.text("signed out")
        response.headers[.setCookie] = cookieText("", context) + "; Max-Age=0"
        return response
    }

    func sessions() -> Response {
        .json(
            SessionList(
                sessions: signIn.sessions.map { session, age, unused in
                    SessionView(
                        user: session.user,
                        address: session.address,
                        age: Int(age.inSeconds),
                        unused: Int(unused.inSeconds)
                    )
                }
            )
        )
    }

    func endSessions(_ context: WebRequestContext) throws -> Response {
        let user = try context.name("user")
        let ended = signIn.endSessions(of: user)
        if ended > 0 {
            let words = ended == 1 ? "ended the session" : "ended \(ended) sessions"
            source.note(
                ConfigurationChange(
                    user: context.visitor.user,
                    door: .http,
                    files: [],
                    message: "\(words) of \(user); from \(context.peer)"
                )
            )
        }
        return .json(Ended(ended: ended))
    }

    private func cookieText(_ secret: String, _ context: WebRequestContext) -> String {
        "\(cookie)=\(secret); Path=/; HttpOnly; SameSite=Strict" + (context.isSecure ? "; Secure" : "")
    }

    private func wrong(_ name: String?, _ context: WebRequestContext) -> Response {
        noteWrongCredentials(of: context.peer, nil)
        note(context, "wrong credentials" + (name.map { " for '\($0.prefix(64))'" } ?? ""))
        return .text("this name and password, or this token, are not known here", status: .unauthorized)
    }

    private static func pause(_ pause: Duration, _ peer: PeerAddress) -> Response {
        let seconds = max(1, Int(pause.inSeconds.rounded(.up)))
        var response = Response.text(
            "wrong credentials came too often from \(peer); try again in \(seconds) s",
            status: .tooManyRequests
        )
        response.headers[.retryAfter] = "\(seconds)"
        return response
    }

    /// Checks a password, and counts it as a guess when it is wrong.
    func check(_ name: String, _ password: String, from peer: PeerAddress) async -> SignInDesk.Verdict {
        let pause = { @Sendable [guesses] in guesses.withBook { $0.pause(of: peer, at: .now) } }
        if let pause = pause() { return .pause(pause) }
        let verdict = await signIn.check(name, password, from: peer, pause: pause)
        if case .wrong = verdict { guesses.withBook { $0.wrong(peer, at: .now) } }
        return verdict
    }

    func noteWrongCredentials(of peer: PeerAddress, _ logger: Logger?) {
        source.watch.addWrongCredentials()
        // Programs like fail2ban read this line: docs/web.md has the expression.
        (logger ?? self.logger).warning("wrong credentials", metadata: ["address": "\(peer)"])
    }

    /// Has it written down that somebody was refused.
    func note(_ denial: Denial) {
        if signIn.isNews(denial) { source.note(denial) }
    }

    /// Answers what the page asks of the configuration, and has changes and refusals written down.
    func setUp(_ work: SetupAPI.Work, _ request: Request, _ context: WebRequestContext) async throws -> Response {
        guard let setup else {
            note(context, "this agent's configuration is not changed by a page")
            return .text("this agent's configuration is not changed by a page", status: .notFound)
        }
        return try await SetupAPI(desk: setup).answer(
            work,
            request,
            refused: { note(context, $0) },
            saved: { saved in
                let message = "\(saved.message); from \(context.peer)"
                source.note(
                    ConfigurationChange(
                        user: context.visitor.user,
                        door: .http,
                        files: saved.files,
                        message: message
                    )
                )
            }
        )
    }

    /// Has it written down that whoever asks was refused.
    func note(_ context: WebRequestContext, _ words: String) {
        let request = "\(context.facts.method.rawValue) \(context.path)"
        let message = "\(words); from \(context.peer)"
        note(Denial(user: context.visitor.user, door: .http, request: request, message: message))
    }
}
