public import Foundation
public import Power

/// One line of the audit trail: who wanted what, and how it ended; or what happened without anybody asking.
public struct AuditEntry: Sendable, Equatable {
    /// What kind of thing happened.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A command ended, or was refused.
        case command
        /// An outlet changed, and none of the agent's commands was the cause.
        case change
        /// A PDU went online or offline.
        case availability
        /// Somebody asked for something that it may not see or do, or showed wrong credentials.
        case access
        /// Somebody changed the configuration by the page.
        case configuration
    }

    /// When it happened; of a command, when it ended.
    public var time: Date
    /// What kind of thing happened.
    public var kind: Kind
    /// The PDU; nothing for a group.
    public var pdu: String?
    /// The outlet's number, `all`, or what stood in its place; nothing for a PDU or group as a whole.
    public var outlet: String?
    /// The group, or the PDU as a whole, that the command was given to, as `group/rack-a` or `pdu/bench`.
    public var target: String?
    /// What was asked for.
    public var action: Action?
    /// The sender's name for the command.
    public var id: String?
    /// Who asked, as the sender says.
    public var by: String?
    /// Who the sender proved to be.
    public var user: String?
    /// By which door it came in.
    public var door: Door?
    /// Why, as the sender says.
    public var reason: String?
    /// The response topic of an MQTT 5 sender: what the broker tells of who it was.
    public var replyTopic: String?
    /// When the command arrived.
    public var receivedAt: Date?
    /// How it ended: the status of a result; `online` or `offline`; `seen` for a change.
    public var status: String
    /// What exactly went wrong.
    public var code: String?
    /// The same for people.
    public var message: String?
    /// What the outlet was before, as far as the agent had read it.
    public var before: PowerState?
    /// What it was read as afterwards.
    public var after: PowerState?
    /// How long the command waited, in milliseconds.
    public var queuedMilliseconds: Double?
    /// How long the device took, in milliseconds.
    public var deviceMilliseconds: Double?

    init(_ kind: Kind, at time: Date, status: String) {
        self.time = time
        self.kind = kind
        self.status = status
    }
}

extension AuditEntry: Encodable {
    private enum CodingKeys: String, CodingKey {
        case time, kind, pdu, outlet, target, action, id, by, user, door, reason, status, code, message, before, after
        case replyTopic = "reply_topic"
        case receivedAt = "received_at"
        case queuedMilliseconds = "queued_ms"
        case deviceMilliseconds = "device_ms"
    }

    /// Writes the keys of `busbar log --json`; absent ones are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(RFC3339.text(time), forKey: .time)
        try container.encode(kind.rawValue, forKey: .kind)
        try container.encodeIfPresent(pdu, forKey: .pdu)
        if let outlet, let number = OutletNumber(topicLevel: outlet) {
            try container.encode(number.rawValue, forKey: .outlet)
        } else {
            try container.encodeIfPresent(outlet, forKey: .outlet)
        }
        try container.encodeIfPresent(target, forKey: .target)
        try container.encodeIfPresent(action?.rawValue, forKey: .action)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encodeIfPresent(by, forKey: .by)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encodeIfPresent(door, forKey: .door)
        try container.encodeIfPresent(reason, forKey: .reason)
        try container.encodeIfPresent(replyTopic, forKey: .replyTopic)
        try container.encodeIfPresent(receivedAt.map(RFC3339.text), forKey: .receivedAt)
        try container.encode(status, forKey: .status)
        try container.encodeIfPresent(code, forKey: .code)
        try container.encodeIfPresent(message, forKey: .message)
        try container.encodeIfPresent(before?.rawValue, forKey: .before)
        try container.encodeIfPresent(after?.rawValue, forKey: .after)
        try container.encodeIfPresent(queuedMilliseconds, forKey: .queuedMilliseconds)
        try container.encodeIfPresent(deviceMilliseconds, forKey: .deviceMilliseconds)
    }
}
