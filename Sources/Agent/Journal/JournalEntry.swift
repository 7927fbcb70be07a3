public import Foundation
public import Power

/// A command that must be finished even if the agent dies: what is on disk before the outlet is touched.
public struct JournalEntry: Sendable, Equatable, Codable {
    /// How far the command had come when it was written.
    public enum Stage: String, Sendable, Hashable, CaseIterable, Codable {
        /// Accepted; its delay is running and nothing has been done.
        case delayed
        /// About to act: the outlet may have been switched.
        case acting
        /// The first step was read back; only the way back is left.
        case held
    }

    /// The ticket's number in the process that wrote it.
    public var ticket: UInt64
    /// The outlet.
    public var outlet: OutletID
    /// The command.
    public var command: Command
    /// How far it had come.
    public var stage: Stage
    /// When the command arrived.
    public var receivedTime: Date
    /// When the next step is due: the end of the delay, or of the time before the way back.
    public var due: Date
    /// Where an MQTT 5 sender wants the answer.
    public var reply: ReplyAddress?

    /// An entry.
    public init(
        ticket: UInt64,
        outlet: OutletID,
        command: Command,
        stage: Stage,
        receivedTime: Date,
        due: Date,
        reply: ReplyAddress? = nil
    ) {
        self.ticket = ticket
        self.outlet = outlet
        self.command = command
        self.stage = stage
        self.receivedTime = receivedTime
        self.due = due
        self.reply = reply
    }
}
