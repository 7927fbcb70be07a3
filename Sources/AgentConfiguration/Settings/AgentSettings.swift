/// Who this agent is and where it keeps its state.
public struct AgentSettings: Sendable, Equatable {
    /// `agent.id`: 1 to 64 of `A-Z a-z 0-9 _ -`.
    public var id: String
    /// `agent.state_directory`: an absolute path; the journal and the audit trail live there.
    public var stateDirectory: String
    /// `agent.sole`: whether no other agent is on the broker, so that commands for unknown PDUs are answered.
    public var isSole: Bool
}
