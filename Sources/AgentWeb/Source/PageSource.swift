import Agent
import Power

/// Where the page has its facts from and where its commands go: the agent of this process, or the agents at a broker, or
/// all of them.
protocol PageSource: Sendable {
    /// What happens, for those who follow.
    var watch: AgentWatch { get }
    /// Who did what, to a PDU or anywhere; nothing where it is not kept here.
    func audit(of pdu: String?) -> AuditTrail?
    /// What was measured at a PDU, on the disk; nothing where it is not kept here.
    func history(of pdu: String) -> HistoryStore?

    /// What it is and how it is.
    func about(_ page: PageSettings) async -> AgentView
    /// Why it cannot serve yet, or any more; nothing where it can.
    func unreadiness() async -> String?
    /// The metrics, for whom they are meant; nothing where it has none.
    func metrics(_ reach: Reach) async -> MetricsReport?

    /// What rights come to.
    func reach(of rights: Rights) -> Reach
    /// Every PDU of which somebody sees something, by name.
    func pdus(_ reach: Reach) async -> [PDUView]
    /// What somebody sees of one PDU; nothing where there is none, or it is out of reach.
    func pdu(_ name: String, _ reach: Reach) async -> PDUView?
    /// Whether there is such a PDU, whoever may see it.
    func hasPDU(_ name: String) -> Bool
    /// The groups that somebody sees, by name.
    func groups(_ reach: Reach) -> [GroupView]
    /// The loads that somebody sees, by name.
    func loads(_ reach: Reach) -> [LoadView]

    /// Has a PDU read now.
    func refresh(_ pdu: String, from sender: Sender) async throws(SourceTrouble)
    /// Gives a command and waits for its outcome, which comes as an event too. The command goes on when the waiting task is
    /// cancelled; what is returned then says nothing.
    func carryOut(_ command: Command, for target: CommandTarget, from sender: Sender) async throws(SourceTrouble)
        -> CommandAnswer?
    /// The answer to what is not a command.
    func refuse(_ problem: BadPayload, for target: CommandTarget, by: String?, from sender: Sender) -> CommandAnswer
    /// Has it noted that somebody was refused something that is no command.
    func note(_ denial: Denial)
    /// Has it noted that somebody changed the configuration.
    func note(_ change: ConfigurationChange)
}

/// Why something could not even be tried.
struct SourceTrouble: Error {
    /// For people.
    let message: String
}

/// What clients of the events are told.
enum PageEvent: Sendable {
    /// What happened in the agent of this process.
    case agent(AgentEvent)
    /// An outlet is in another state than before, whoever did it.
    case seen(OutletID, PowerState, previous: PowerState?)
    /// A command has ended, in whichever agent.
    case answered(CommandAnswer)
    /// What a PDU is or has changed, or it is no more. Without a name everything may have changed.
    case changed(PDUName?)
    /// How all of it is changed: the broker, an agent.
    case health
}

extension Reach {
    /// What of an event somebody may hear.
    func heard(_ event: PageEvent) -> PageEvent? {
        switch event {
        case .agent(let event): heard(event).map(PageEvent.agent)
        case .seen(let outlet, _, _): sees(outlet) ? event : nil
        case .answered(let answer): sees(answer.target) ? event : nil
        case .changed(let pdu): pdu.map { sees(pdu: $0.rawValue) } ?? true ? event : nil
        case .health: event
        }
    }
}
