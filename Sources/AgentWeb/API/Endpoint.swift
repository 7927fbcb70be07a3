import Agent
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
    case me
    case signIn
    case signOut
    case sessions
    case endSessions
    case setup
    case setupProbe
    case setupScan
    case setupScanState
    case setupPreview
    case setupSave
    case description
    case page
    case setupPage
    case signInPage
    case signInScript
    case pageFile

    var method: HTTPRequest.Method {
        switch self {
        case .command, .groupCommand, .loadCommand, .refresh, .signIn, .signOut, .endSessions, .setupProbe, .setupScan,
            .setupPreview, .setupSave:
            .post
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
        case .me: "/api/v1/me"
        case .signIn: "/api/v1/login"
        case .signOut: "/api/v1/logout"
        case .sessions: "/api/v1/sessions"
        case .endSessions: "/api/v1/sessions/{user}/end"
        case .setup: SetupAPI.Work.state.path
        case .setupProbe: SetupAPI.Work.probe.path
        case .setupScan: SetupAPI.Work.scan.path
        case .setupScanState: SetupAPI.Work.scanState.path
        case .setupPreview: SetupAPI.Work.preview.path
        case .setupSave: SetupAPI.Work.save.path
        case .description: "/api/v1/openapi.yaml"
        case .page: "/"
        case .setupPage: "/setup.html"
        case .signInPage: "/login.html"
        case .signInScript: "/login.js"
        case .pageFile: "/page/{file}"
        }
    }

    /// What somebody needs to be served.
    enum Need: Equatable {
        /// Nothing: whether the agent lives is no secret, and neither is the page without data.
        case nothing
        /// Nothing, unless there is the one login of `web.username`: then the page asks for it, so that the browser has it for
        /// the rest.
        case login
        /// This role at least; what of the fleet is served is a matter of the scope.
        case role(UserRole)
        /// To be known. Whether the command may be given, the router says, whichever door it comes in by.
        case command
    }

    /// What somebody needs to be served.
    var need: Need {
        switch self {
        case .health, .readiness, .signIn, .signOut, .signInPage, .signInScript: .nothing
        case .page, .setupPage, .pageFile: .login
        case .metrics, .me: .role(.metrics)
        case .agent, .pdus, .pdu, .log, .pduLog, .pduHistory, .refresh, .outlets, .outletLog, .outletHistory, .groups,
            .loads, .events, .description:
            .role(.view)
        case .command, .groupCommand, .loadCommand: .command
        case .sessions, .endSessions, .setup, .setupProbe, .setupScan, .setupScanState, .setupPreview, .setupSave:
            .role(.admin)
        }
    }

    /// Whether everybody may see it.
    ///
    /// - Parameter hasUsers: whether people sign in by the page, which has to be seen before that.
    func isOpen(_ credentials: WebCredentials, hasUsers: Bool) -> Bool {
        switch need {
        case .nothing: true
        case .login: hasUsers || !credentials.hasLogin
        case .role, .command: false
        }
    }

    /// Whether a link on a foreign page may lead there: to everything that is for people and not for programs.
    var isForPages: Bool { !path.hasPrefix("/api/") && self != .metrics }

    /// What a request with this method has to bring.
    func content(of method: HTTPRequest.Method) -> RequestGuard.Content {
        guard method == self.method, method == .post else { return .anything }
        return [.refresh, .signOut, .endSessions].contains(self) ? .jsonOrNothing : .json
    }
}
