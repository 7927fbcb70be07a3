import HTTPTypes

/// Decides which requests are served: who may ask, and that no foreign page asks in a visitor's name.
struct RequestGuard: Sendable {
    enum Verdict: Equatable {
        case serve(Visitor)
        case refuse(HTTPResponse.Status, String)
        /// Credentials are not looked at for so long.
        case pause(Duration)
    }

    /// What a request has to bring.
    enum Content {
        /// Nothing in particular.
        case anything
        /// JSON, or no body.
        case jsonOrNothing
        case json
    }

    let credentials: WebCredentials

    /// Judges a request.
    ///
    /// - Parameters:
    ///   - visitor: who asks, as far as that was found out by other things than `credentials`.
    ///   - isClosed: whether everybody has to show something, also without `credentials`.
    ///   - isOpen: whether what is asked for is shown to everybody.
    ///   - isForPages: whether a link on a foreign page may lead there.
    ///   - content: what the request has to bring, where it does something.
    func judge(
        _ facts: RequestFacts,
        from known: Visitor? = nil,
        isClosed: Bool = false,
        isOpen: Bool,
        isForPages: Bool = false,
        content: Content = .json
    ) -> Verdict {
        // Without credentials the listener is on the loopback. A foreign page whose host's name was made to point
        // there still sends that name.
        if credentials.isEmpty, !isClosed, !Self.isLoopback(facts.host) {
            return .refuse(
                .misdirectedRequest,
                "this listener without credentials is for 127.0.0.1 and localhost only; set web.token or a login, or have "
                    + "the proxy send one of these as Host"
            )
        }
        var visitor = Visitor(name: nil)
        if !isOpen {
            let isFree = credentials.isEmpty && isClosed
            guard let admitted = known ?? (isFree ? nil : credentials.admit(facts.authorization)) else {
                return .refuse(.unauthorized, "credentials are required, or the ones shown are wrong")
            }
            visitor = admitted
        }
        if !isForPages, let site = facts.fetchSite, site != "same-origin", site != "none" {
            return .refuse(.forbidden, "requests from pages of another site are refused")
        }
        if [.get, .head, .options].contains(facts.method) { return .serve(visitor) }
        let mayBeBare = content == .jsonOrNothing && facts.contentType == nil && !facts.hasBody
        guard content == .anything || mayBeBare || Self.isJSON(facts.contentType) else {
            return .refuse(.unsupportedMediaType, "send the command with Content-Type: application/json")
        }
        if let origin = facts.origin, !Self.isSame(origin: origin, host: facts.host) {
            return .refuse(.forbidden, "commands from pages of another origin are refused")
        }
        // A browser sends cookies by itself, so it has to say which page has it do so.
        if case .session = visitor.way, !facts.isFromOwnPage {
            return .refuse(.forbidden, "commands of a session come from the agent's own page")
        }
        return .serve(visitor)
    }

    /// Judges a request to pdudaemon's interface, where a plain GET switches and nobody shows credentials: programs
    /// are served, browsers are not, for they send such requests in the name of any page.
    func judgeProgram(_ facts: RequestFacts, isLoopback: Bool) -> Verdict {
        if isLoopback, !Self.isLoopback(facts.host) {
            return .refuse(.misdirectedRequest, "this listener is for 127.0.0.1 and localhost only")
        }
        let isBrowser =
            facts.origin != nil || facts.fetchSite != nil || facts.referer != nil
            || facts.userAgent?.hasPrefix("Mozilla/") == true
        if isBrowser { return .refuse(.forbidden, "this interface is for programs; browsers are refused") }
        return .serve(Visitor(name: nil))
    }

    static func isLoopback(_ host: String?) -> Bool {
        guard let host else { return false }
        let name: Substring
        if host.hasPrefix("[") {
            name = host.dropFirst().prefix { $0 != "]" }
        } else {
            name = host.prefix { $0 != ":" }
        }
        if name == "::1" || name.lowercased() == "localhost" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        let type = contentType?.prefix { $0 != ";" }.filter { !$0.isWhitespace }
        return type?.lowercased() == "application/json"
    }

    static func isSame(origin: String, host: String?) -> Bool {
        guard let host, let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        return origin.dropFirst(scheme.count).lowercased() == host.lowercased()
    }
}
