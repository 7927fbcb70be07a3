public import Foundation
public import Power

/// A command that must be finished even if the agent dies: what is on disk before the outlet is touched.
public struct JournalEntry: Sendable, Equatable, Codable {
    /// How far the command had come when it was written.
    public enum Stage: String, Sendable, Hashable, CaseIterable, Codable {
        /// Accepted from a sender who named it, and not yet answered. It is not finished after a crash, only answered.
        case accepted
        /// Accepted and not begun by an owner of the PDU that has given it up: the next one begins it.
        case waiting
        /// Accepted; its delay is running and nothing has been done.
        case delayed
        /// About to act: the outlet may have been switched.
        case acting
        /// The first step was read back; only the way back is left.
        case held
        /// Answered; the broker may not have the answer yet.
        case finished
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
    /// Not started by then, the command is expired: the end of the message's expiry.
    public var expires: Date?
    /// Where an MQTT 5 sender wants the answer.
    public var reply: ReplyAddress?
    /// The group, or the PDU as a whole, that the command was given to.
    public var target: String?
    /// The answer of a command that was answered.
    public var result: CommandResult?

    init(_ ticket: Ticket, stage: Stage, due: Date, result: CommandResult? = nil, at now: Now) {
        self.init(
            ticket: ticket.number,
            outlet: ticket.outlet,
            command: ticket.command,
            stage: stage,
            receivedTime: ticket.receivedTime,
            due: due,
            expires: ticket.expiresAt.map(now.date(of:)),
            reply: ticket.reply,
            target: ticket.target,
            result: result
        )
    }

    /// An entry.
    public init(
        ticket: UInt64,
        outlet: OutletID,
        command: Command,
        stage: Stage,
        receivedTime: Date,
        due: Date,
        expires: Date? = nil,
        reply: ReplyAddress? = nil,
        target: String? = nil,
        result: CommandResult? = nil
    ) {
        self.ticket = ticket
        self.outlet = outlet
        self.command = command
        self.stage = stage
        self.receivedTime = receivedTime
        self.due = due
        self.expires = expires
        self.reply = reply
        self.target = target
        self.result = result
    }
}
