import HTTPTypes

/// Everything that is served, each documented in `docs/openapi.yaml`.
enum Endpoint: CaseIterable, Sendable {
    case health
    case readiness
    case metrics
    case agent
    case log
    case pdus
    case pdu
    case pduLog
    case pduHistory
    case refresh
    case outlets
    case command
    case outletLog
    case outletHistory
    case groups
    case groupCommand
    case loads
    case loadCommand
    case events
    case description
    case page
    case pageFile

    var method: HTTPRequest.Method {
        switch self {
        case .command, .groupCommand, .loadCommand, .refresh: .post
        default: .get
        }
    }

    var path: String {
        switch self {
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        case .agent: "/api/v1/agent"
        case .log: "/api/v1/log"
        case .pdus: "/api/v1/pdus"
        case .pdu: "/api/v1/pdus/{pdu}"
        case .pduLog: "/api/v1/pdus/{pdu}/log"
        case .pduHistory: "/api/v1/pdus/{pdu}/history"
        case .refresh: "/api/v1/pdus/{pdu}/refresh"
        case .outlets: "/api/v1/outlets"
        case .command: "/api/v1/pdus/{pdu}/outlets/{outlet}/command"
        case .outletLog: "/api/v1/pdus/{pdu}/outlets/{outlet}/log"
        case .outletHistory: "/api/v1/pdus/{pdu}/outlets/{outlet}/history"
        case .groups: "/api/v1/groups"
        case .groupCommand: "/api/v1/groups/{group}/command"
        case .loads: "/api/v1/loads"
        case .loadCommand: "/api/v1/loads/{load}/command"
        case .events: "/api/v1/events"
        case .description: "/api/v1/openapi.yaml"
        case .page: "/"
        case .pageFile: "/page/{file}"
        }
    }

    /// Whether everybody may see it: whether the agent lives is no secret, and neither is the page without data. With
    /// a login, the page asks for it, so that the browser has it for the rest.
    func isOpen(_ credentials: WebCredentials) -> Bool {
        switch self {
        case .health, .readiness: true
        case .page, .pageFile: !credentials.hasLogin
        default: false
        }
    }

    /// Whether a link on a foreign page may lead there: to everything that is for people and not for programs.
    var isForPages: Bool { !path.hasPrefix("/api/") && self != .metrics }

    /// What a request with this method has to bring.
    func content(of method: HTTPRequest.Method) -> RequestGuard.Content {
        guard method == self.method, method == .post else { return .anything }
        return self == .refresh ? .jsonOrNothing : .json
    }
}
