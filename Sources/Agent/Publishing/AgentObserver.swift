/// Watches what happens in the agent.
public protocol AgentObserver: Sendable {
    /// Takes an event. Called from lanes, in order for each PDU: it must be quick and must not wait.
    func observe(_ event: AgentEvent)
}
