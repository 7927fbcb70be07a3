import Agent
import Glibc
import MQTTClient

/// How the agent is, as it tells `busbar health`.
struct HealthReport: Codable, Equatable, Sendable {
    /// The agent's id.
    var agent: String
    /// The version of Busbar.
    var version: String
    /// Since when it runs, in seconds.
    var uptime: Int
    /// Whether the broker takes and gives messages, and every device was asked once.
    var isReady: Bool
    /// Whether the broker is connected and has granted the subscriptions.
    var hasBroker: Bool
    /// How many PDUs there are.
    var pdus: Int
    /// How many of them answer.
    var online: Int
    /// Why cycles and delays are refused, while they are.
    var journalFailure: String?
    /// The agent's process.
    var process: Int32?
    /// How often it read its configuration again.
    var reloads: Int?
    /// What became of that the last time.
    var lastReload: ReloadBook.Reload?

    private enum CodingKeys: String, CodingKey {
        case agent
        case version
        case uptime = "uptime_s"
        case isReady = "ready"
        case hasBroker = "broker"
        case pdus
        case online
        case journalFailure = "journal_failure"
        case process
        case reloads
        case lastReload = "last_reload"
    }

    /// The report in words.
    var text: String {
        let readiness =
            if isReady {
                "is ready"
            } else if hasBroker {
                "runs, but is not ready: the devices are being asked for the first time, or it is stopping"
            } else {
                "runs, but is not ready: the broker is not connected, or has not granted the subscriptions"
            }
        let journal = journalFailure.map { "; the journal fails: \($0)" } ?? ""
        return "\(agent) \(readiness); \(online) of \(pdus) PDUs online\(journal)"
    }
}

extension HealthReport {
    /// Asks the agent of this process.
    init(of agent: PowerAgent, id: String, _ book: ReloadBook) async {
        let info = await agent.info()
        let (reloads, lastReload) = book.current
        self.init(
            agent: id,
            version: info.version,
            uptime: info.uptime,
            isReady: await agent.isOnline,
            hasBroker: agent.broker.isSubscribed,
            pdus: info.pdus,
            online: info.online,
            journalFailure: info.journalFailure,
            process: getpid(),
            reloads: reloads,
            lastReload: lastReload
        )
    }
}
