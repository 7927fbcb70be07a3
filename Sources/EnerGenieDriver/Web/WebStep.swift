internal import Power

/// A step of a web session, and what the answer to it means.
enum WebStep: String, Sendable {
    case logIn = "logging in"
    case switching = "switching"
    case reading = "reading"
    case logOut = "logging out"

    /// Judges an answer: a page that fits the step, or the error it stands for.
    func judge(_ reply: HTTPReply, from endpoint: EnerGenieEndpoint) throws(DriverError) -> EnerGeniePage {
        switch reply.status {
        case 200...299: break
        case 401, 403:
            throw error(.authentication, endpoint, "it answered with HTTP status \(reply.status); check the password")
        case 400...499: throw error(.refused, endpoint, "it answered with HTTP status \(reply.status)")
        default: throw error(.badReply, endpoint, "it answered with HTTP status \(reply.status)")
        }
        let page = EnerGeniePage(reply.body)
        switch (page.kind, self) {
        case (.loggedIn, .logIn), (.loggedIn, .switching), (.loggedIn, .reading), (.login, .logOut): return page
        case (.loggedIn, .logOut): throw error(.refused, endpoint, "it still shows the session as open")
        case (.login, .logIn): throw error(.authentication, endpoint, "it refuses the password")
        case (.login, _):
            // Nothing was done, and the next session may go well: it is no refusal of what was asked. The log-out of a session
            // before may have been on its way for long.
            throw error(
                .busy,
                endpoint,
                "it shows its log-in page: the session has ended or was ended from this host by another program"
            )
        case (.contradictory, _):
            throw error(
                .badReply,
                endpoint,
                "its page shows a field for the password and a Log Out link or states as well, so nothing on it is "
                    + "believed; tell us the model and the firmware"
            )
        case (.busy, _):
            throw error(.busy, endpoint, "another host is logged in; the device allows only one, so log out there")
        case (.empty, _): throw error(.badReply, endpoint, "it answered with an empty page")
        case (.foreign, _):
            throw error(.badReply, endpoint, "it answered with a page that is not of an EnerGenie; check the host")
        }
    }

    /// The error for an exchange that gave no answer.
    func error(_ failure: ExchangeError, _ endpoint: EnerGenieEndpoint) -> DriverError {
        switch failure {
        case .unreachable(let reason): error(.unreachable, endpoint, "it cannot be reached: \(reason)")
        case .timedOut: error(.timeout, endpoint, "it did not answer in time")
        case .closed(let reason):
            error(.interrupted, endpoint, "the connection broke before the answer was whole: \(reason)")
        case .malformed(let what): error(.badReply, endpoint, "its answer is not HTTP as it should be: \(what)")
        case .tooLarge: error(.badReply, endpoint, "its answer is larger than any EnerGenie's")
        case .overdue: .overdue("EnerGenie \(endpoint): \(rawValue)")
        case .cancelled(_): error(.cancelled, endpoint, "the agent gave up")
        }
    }

    /// An error of this step.
    func error(_ code: DriverError.Code, _ endpoint: EnerGenieEndpoint, _ what: String) -> DriverError {
        DriverError(code, "EnerGenie \(endpoint): \(rawValue): \(what)")
    }
}
