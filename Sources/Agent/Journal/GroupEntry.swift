public import Foundation

/// A command for several outlets that was accepted: what the next start needs to answer it if the agent dies.
public struct GroupEntry: Sendable, Codable {
    /// The command's number in the process that wrote it, among those of tickets.
    public var number: UInt64
    /// Whom the command was for.
    public var target: GroupResult.Target
    /// The command.
    public var command: Command
    /// When the command arrived.
    public var receivedTime: Date
    /// Where an MQTT 5 sender wants the answer.
    public var reply: ReplyAddress?
    /// The answer as it was published, of a command that was answered; the broker may not have it yet.
    public var payload: Data?
    /// In a fleet, the PDU whose owner leads the command and has it in its journal.
    public var lead: String?
    /// Whether the answer is that nothing was begun, which nobody waits for etcd to be told.
    public var isRefusal: Bool?
}
