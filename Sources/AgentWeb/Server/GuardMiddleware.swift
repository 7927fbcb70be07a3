import HTTPTypes
import Hummingbird
import Logging

/// Lets through what `RequestGuard` lets through, and puts the headers on every answer that keep browsers strict.
struct GuardMiddleware: RouterMiddleware {
    /// How long a wrong password or token takes to be refused, so that guessing is slow.
    private static let penalty = Duration.milliseconds(500)

    let requestGuard: RequestGuard
    let judge: @Sendable (RequestGuard, RequestFacts, _ path: String) -> RequestGuard.Verdict
    let logger: Logger

    func handle(
        _ request: Request,
        context: WebRequestContext,
        next: @concurrent (Request, WebRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = await answer(request, context: context, next: next)
        for (name, value) in Self.strictHeaders where response.headers[name] == nil { response.headers[name] = value }
        return response
    }

    private func answer(
        _ request: Request,
        context: WebRequestContext,
        next: (Request, WebRequestContext) async throws -> Response
    ) async -> Response {
        switch judge(requestGuard, RequestFacts(request.head), request.uri.path) {
        case .serve(let visitor):
            var context = context
            context.visitor = visitor
            do {
                return try await next(request, context)
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
            if status == .unauthorized {
                try? await Task.sleep(for: Self.penalty)
                response.headers[.wwwAuthenticate] =
                    requestGuard.credentials.hasLogin
                    ? "Basic realm=\"Busbar\", charset=\"UTF-8\"" : "Bearer realm=\"Busbar\""
            }
            return response
        }
    }

    /// The page needs its own script, style and interface, and nothing else from anywhere.
    private static let strictHeaders: [(HTTPField.Name, String)] =
        [
            (
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ]
        .compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
}
