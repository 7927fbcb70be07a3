public import Foundation
public import Power

/// A command that was accepted for one outlet, from its arrival to its answer. Every ticket is answered exactly once.
public struct Ticket: Sendable {
    /// Unique in this process; later tickets have larger numbers.
    public let number: UInt64
    /// What the command is for.
    public let outlet: OutletID
    /// What to do.
    public internal(set) var command: Command
    /// When it arrived.
    public let receivedAt: Moment
    /// The same for people.
    public let receivedTime: Date
    /// Not started by then, the command is expired: the end of the message's expiry. It does not follow the wall clock.
    public let expiresAt: Moment?
    /// Where an MQTT 5 sender wants the answer besides the outlet's `result` topic.
    public let reply: ReplyAddress?
    /// Whom in this process to tell: a group, the page, a command line.
    public let answer: (@Sendable (CommandResult) -> Void)?
    /// The group, or the PDU as a whole, that the command was given to, as `group/rack-a` or `pdu/bench`.
    public let target: String?
    /// Whether the work was begun by an earlier process and found in the journal.
    public let isRecovered: Bool
    /// Whether the journal has it, so that its end has to be there too.
    let isInJournal: Bool
    /// Whom to tell how the outlet does that a load's command has kept for itself; nothing for a command of its own.
    let feed: (@Sendable (FeedReport) -> Void)?

    init(
        number: UInt64,
        outlet: OutletID,
        command: Command,
        receivedAt: Moment,
        receivedTime: Date,
        expiresAt: Moment? = nil,
        reply: ReplyAddress? = nil,
        target: String? = nil,
        isRecovered: Bool = false,
        isInJournal: Bool = false,
        answer: (@Sendable (CommandResult) -> Void)? = nil,
        feed: (@Sendable (FeedReport) -> Void)? = nil
    ) {
        self.number = number
        self.outlet = outlet
        self.command = command
        self.receivedAt = receivedAt
        self.receivedTime = receivedTime
        self.expiresAt = expiresAt
        self.reply = reply
        self.target = target
        self.isRecovered = isRecovered
        self.isInJournal = isInJournal
        self.feed = feed
        self.answer = answer
    }
}
