public import Foundation
public import Power

/// A command for a load that must be finished, or answered, even if the agent dies. One entry stands for all feeds.
public struct LoadEntry: Sendable, Equatable, Codable {
    /// The command's number in the process that wrote it, among those of tickets.
    public var number: UInt64
    /// The load.
    public var load: String
    /// What fed it when the command arrived: that is finished, whatever the configuration says by now.
    public var feeds: [OutletID]
    /// The time from one feed to the next.
    public var stagger: Duration
    /// The command.
    public var command: Command
    /// How far it had come.
    public var stage: JournalEntry.Stage
    /// When the command arrived.
    public var receivedTime: Date
    /// When the next step is due.
    public var due: Date
    /// Not started by then, the command is expired: the end of the message's expiry.
    public var expires: Date?
    /// Where an MQTT 5 sender wants the answer.
    public var reply: ReplyAddress?
    /// The answer of a command that was answered; the broker may not have it yet.
    public var result: LoadResult?

    /// The PDUs of its feeds, the first one's first.
    public var pdus: [PDUName] {
        feeds.reduce(into: []) { pdus, feed in if !pdus.contains(feed.pdu) { pdus.append(feed.pdu) } }
    }
}
