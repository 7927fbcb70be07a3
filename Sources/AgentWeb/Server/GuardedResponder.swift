import Agent
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// Which paths and methods there are. Who judges a request and who serves it ask here, so that both mean the same.
struct Routes<Target: Sendable>: Sendable {
    /// What a path leads to.
    struct Match {
        /// By method; not empty.
        let targets: [HTTPRequest.Method: Target]
        /// The parts of the path that are names, decoded.
        let names: [String: String]
        /// What can be asked of the path, for the `Allow` header.
        let allow: String
    }

    private struct Pattern {
        let parts: [Substring]
        var targets: [HTTPRequest.Method: Target]
    }

    private var patterns: [Pattern] = []
    private let answersHead: Bool

    /// - Parameters:
    ///   - routes: paths with `{name}` for any one part.
    ///   - answersHead: whether `HEAD` is answered as `GET` is; not where a `GET` does something.
    init(_ routes: [(HTTPRequest.Method, path: String, Target)], answersHead: Bool = true) {
        self.answersHead = answersHead
        for (method, path, target) in routes {
            let parts = path.split(separator: "/")
            if let place = patterns.firstIndex(where: { $0.parts == parts }) {
                patterns[place].targets[method] = target
            } else {
                patterns.append(Pattern(parts: parts, targets: [method: target]))
            }
        }
    }

    /// What a path leads to. Each part is compared after percent-decoding, as it is written, small and capital letters apart;
    /// empty parts, of a double or a last slash, do not count.
    func match(_ path: String) -> Match? {
        let parts = path.split(separator: "/").map { $0.removingPercentEncoding }
        for pattern in patterns where pattern.parts.count == parts.count {
            var names: [String: String] = [:]
            let isMeant = zip(pattern.parts, parts).allSatisfy { wanted, part in
                guard let part else { return false }
                guard wanted.first == "{" else { return wanted == part }
                names[String(wanted.dropFirst().dropLast())] = part
                return true
            }
            guard isMeant else { continue }
            var methods = Set(pattern.targets.keys.map(\.rawValue) + ["OPTIONS"])
            if answersHead, methods.contains("GET") { methods.insert("HEAD") }
            return Match(targets: pattern.targets, names: names, allow: methods.sorted().joined(separator: ", "))
        }
        return nil
    }

    /// The target of a request.
    func target(_ match: Match, _ method: HTTPRequest.Method) -> Target? {
        match.targets[method == .head && answersHead ? .get : method]
    }
}

/// Serves what `RequestGuard` lets through, and puts the headers on every answer that keep browsers strict.
struct GuardedResponder<Target: Sendable>: HTTPResponder {
    let routes: Routes<Target>
    /// How credentials are asked for.
    var challenge: @Sendable () -> String = { "" }
    /// Asked with what the path leads to; nothing where it leads nowhere.
    let judge: @Sendable (RequestFacts, PeerAddress, Target?) async -> RequestGuard.Verdict
    let serve: @Sendable (Target, Request, WebRequestContext) async throws -> Response
    /// Whose `X-Forwarded-For` is believed.
    var proxies: [ClientNetwork] = []
    /// The header in which such a proxy says who has logged in there.
    var proxyHeader: HTTPField.Name?
    /// Whether the listener speaks TLS.
    var isSecure = false
    /// Whose pages may show an answer in a frame: origins.
    var frameAncestors: [String] = []
    let logger: Logger

    func respond(to request: Request, context: WebRequestContext) async throws -> Response {
        var context = context
        var facts = RequestFacts(request.head)
        context.isSecure = isSecure
        if proxies.contains(context.peer) {
            if let proxyHeader { facts.proxyUser = Self.only(request.headers[values: proxyHeader]) }
            if let name = HTTPField.Name("X-Forwarded-Proto") {
                context.isSecure = isSecure || request.headers[values: name].last?.lowercased() == "https"
            }
        }
        if let name = HTTPField.Name("X-Forwarded-For") {
            context.peer = context.peer.client(behind: proxies, forwardedFor: request.headers[name])
        }
        context.facts = facts
        context.path = request.uri.path
        var response = await answer(request, context)
        if request.method == .head {
            // The length is that of the body that is left out; a stream has none.
            let length = response.headers[.contentLength]
            response = response.createHeadResponse()
            response.headers[.contentLength] = length
        }
        if !frameAncestors.isEmpty {
            response.headers[.contentSecurityPolicy] = pagePolicy + frameAncestors.joined(separator: " ")
        }
        for (name, value) in strictHeaders where response.headers[name] == nil { response.headers[name] = value }
        return response
    }

    /// What a header says that is there once; a second one may be the client's own.
    private static func only(_ values: [String]) -> String? {
        guard values.count == 1, let value = values.first, !value.isEmpty else { return nil }
        return value
    }

    private func answer(_ request: Request, _ context: WebRequestContext) async -> Response {
        let match = routes.match(request.uri.path)
        let target = match.flatMap { routes.target($0, request.method) }
        switch await judge(context.facts, context.peer, target ?? match?.targets.values.first) {
        case .serve(let visitor):
            guard let match else {
                // It asks about the server as a whole.
                if request.method == .options, request.head.path == "*" {
                    return Response(status: .noContent, headers: [.allow: "GET, HEAD, OPTIONS, POST"])
                }
                return .text("there is nothing at this path", status: .notFound)
            }
            guard let target else {
                if request.method == .options { return Response(status: .noContent, headers: [.allow: match.allow]) }
                var response = Response.text("this path knows \(match.allow)", status: .methodNotAllowed)
                response.headers[.allow] = match.allow
                return response
            }
            var context = context
            context.visitor = visitor
            context.names = match.names
            do {
                return try await serve(target, request, context)
            } catch let error as HTTPError {
                return .text(error.body ?? "\(error.status)", status: error.status)
            } catch {
                logger.debug("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
                return .text("the request could not be served", status: .internalServerError)
            }
        case .refuse(let status, let words):
            // Neither headers nor the query are logged: they may hold credentials.
            logger.debug("refused", metadata: ["path": "\(request.uri.path)", "status": "\(status.code)"])
            var response = Response.text(words, status: status)
            response.headers[.connection] = "close"
            if status == .unauthorized { response.headers[.wwwAuthenticate] = challenge() }
            return response
        case .pause(let pause):
            let seconds = max(1, Int(pause.inSeconds.rounded(.up)))
            var response = Response.text(
                "wrong credentials came too often from \(context.peer); try again in \(seconds) s",
                status: .tooManyRequests
            )
            response.headers[.connection] = "close"
            response.headers[.retryAfter] = "\(seconds)"
            return response
        }
    }
}

/// The policy without the last of it: whose pages may show the answer in a frame.
private let pagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors "

/// The page needs its own script, style and interface, and nothing else from anywhere.
private let strictHeaders: [(HTTPField.Name, String)] =
    [
        ("Content-Security-Policy", pagePolicy + "'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]
    .compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
