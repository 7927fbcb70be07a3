internal import HostNames

/// The way to a broker, until one of its addresses has answered. Belongs to the session.
final class Approach {
    /// A connection that is being set up to one of the addresses.
    struct Contact {
        let address: String
        let library: MosquittoHandle
        let watch: SocketWatch
    }

    let id: UInt64
    let attempt: ConnectionAttempt
    let start: ContinuousClock.Instant
    /// When the broker must have let us in.
    let deadline: ContinuousClock.Instant
    /// The look-up of the broker's name, while it is under way.
    var ticket: HostNames.Ticket?
    var race = AddressRace([])
    /// By the numbers of the links that they may become.
    var contacts: [UInt64: Contact] = [:]
    /// The addresses for which the library object is being made elsewhere.
    var beginning: Set<String> = []
    /// What came of the others.
    var failures: [(address: String, error: MQTTError)] = []

    init(id: UInt64, attempt: ConnectionAttempt, now: ContinuousClock.Instant, limit: Duration) {
        self.id = id
        self.attempt = attempt
        start = now
        deadline = now + limit
    }

    /// Why none of the addresses would do, as one error.
    var error: MQTTError {
        guard let first = failures.first?.error else {
            return MQTTError(.hostNotFound, "no address is known for the broker's host '\(attempt.broker.host)'")
        }
        let addresses = failures.map(\.address).sorted()
        guard addresses.count > 1 else { return first }
        if failures.allSatisfy({ $0.error.code == first.code }) {
            return MQTTError(first.code, "\(first.message) (\(addresses.joined(separator: " and ")))")
        }
        let reasons = failures.sorted { $0.address < $1.address }
            .map { "at \($0.address) \(Self.words($0.error.code))" }
        return MQTTError(
            .unreachable,
            "\(attempt.broker) cannot be reached: \(reasons.joined(separator: ", ")); is the broker running there?"
        )
    }

    private static func words(_ code: MQTTError.Code) -> String {
        switch code {
        case .connectionRefused: "nobody listens"
        case .timeout: "nobody answers in time"
        default: "there is no way"
        }
    }
}
