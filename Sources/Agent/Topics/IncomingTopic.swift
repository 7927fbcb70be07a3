/// What a message to the agent is for. Names are as they came, unchecked.
public enum IncomingTopic: Sendable, Equatable {
    /// What came on a topic of a user's own, where only that user may write.
    indirect case user(String, IncomingTopic)
    /// A command for one outlet, or for all of a PDU.
    case outlet(pdu: String, OutletLevel)
    /// A command for a group.
    case group(String)
    /// A command for a load.
    case load(String)
    /// Read a PDU now and publish everything again.
    case get(pdu: String)
    /// How a command ended that another agent of the fleet has answered.
    case result(pdu: String, OutletLevel)
    /// What an agent of the fleet says of a PDU.
    case info(pdu: String)
    /// Whether another agent is there.
    case agentAvailability(String)
}
