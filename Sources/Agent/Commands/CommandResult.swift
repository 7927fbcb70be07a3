public import Foundation
public import Power

/// The answer to a command, as it is published.
public struct CommandResult: Sendable, Equatable, Encodable {
    /// What went wrong.
    public struct Problem: Sendable, Equatable, Codable {
        /// The word for programs.
        public var code: String
        /// The words for people.
        public var message: String
        /// Until when a locked-out or rate-limited outlet stays so.
        public var until: String?

        /// What went wrong, in both forms.
        public init(code: String, message: String, until: String? = nil) {
            self.code = code
            self.message = message
            self.until = until
        }

        func write(to object: inout JSONBytes) {
            object.add("error") { fields in
                fields.add("code", code)
                fields.add("message", message)
                if let until { fields.add("until", until) }
            }
        }
    }

    /// The sender's name for the command.
    public var id: String?
    /// The PDU.
    public var pdu: String
    /// The outlet's number; as text only when the topic held something that is not one.
    public var outlet: OutletLevel
    /// What was asked for; absent when the payload could not be read.
    public var action: Action?
    /// How it ended.
    public var status: Outcome.Status
    /// What the outlet reads, where it was read.
    public var state: PowerState?
    /// What went wrong.
    public var error: Problem?
    /// Who asked, as the sender says.
    public var by: String?
    /// Who the sender proved to be.
    public var user: String?
    /// By which door the command came in.
    public var door: Door?
    /// When the command arrived.
    public var receivedAt: Date
    /// When it ended.
    public var finishedAt: Date
    /// How long it waited before it started, in milliseconds.
    public var queuedMilliseconds: Double?
    /// How long the device took for its answers, in milliseconds.
    public var deviceMilliseconds: Double?
    /// For a dry run: what would happen.
    public var plan: CommandPlan?

    enum CodingKeys: String, CodingKey {
        case id
        case pdu
        case outlet
        case action
        case status
        case state
        case error
        case by
        case user
        case door
        case receivedAt = "received_at"
        case finishedAt = "finished_at"
        case queuedMilliseconds = "queued_ms"
        case deviceMilliseconds = "device_ms"
        case plan
    }

    /// Writes the keys of the contract; absent ones are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encode(pdu, forKey: .pdu)
        try container.encode(outlet, forKey: .outlet)
        try container.encodeIfPresent(action?.rawValue, forKey: .action)
        try container.encode(status.rawValue, forKey: .status)
        try container.encodeIfPresent(state?.rawValue, forKey: .state)
        try container.encodeIfPresent(error, forKey: .error)
        try container.encodeIfPresent(by, forKey: .by)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encodeIfPresent(door, forKey: .door)
        try container.encode(RFC3339.text(receivedAt), forKey: .receivedAt)
        try container.encode(RFC3339.text(finishedAt), forKey: .finishedAt)
        try container.encodeIfPresent(queuedMilliseconds.map(Self.rounded), forKey: .queuedMilliseconds)
        try container.encodeIfPresent(deviceMilliseconds.map(Self.rounded), forKey: .deviceMilliseconds)
        try container.encodeIfPresent(plan, forKey: .plan)
    }

    /// The same keys as `encode(to:)` writes, in alphabetical order, without a general encoder: every command has a result.
    /// Nothing for the rare result with a plan.
    var json: [UInt8]? {
        guard plan == nil else { return nil }
        var object = JSONBytes(capacity: 320)
        if let action { object.add("action", action.rawValue) }
        if let by { object.add("by", by) }
        if let deviceMilliseconds { object.add("device_ms", Self.rounded(deviceMilliseconds)) }
        if let door { object.add("door", door.rawValue) }
        error?.write(to: &object)
        object.add("finished_at", RFC3339.text(finishedAt))
        if let id { object.add("id", id) }
        if case .number(let number) = outlet {
            object.add("outlet", number.rawValue)
        } else {
            object.add("outlet", outlet.topicLevel)
        }
        object.add("pdu", pdu)
        if let queuedMilliseconds { object.add("queued_ms", Self.rounded(queuedMilliseconds)) }
        object.add("received_at", RFC3339.text(receivedAt))
        if let state { object.add("state", state.rawValue) }
        object.add("status", status.rawValue)
        if let user { object.add("user", user) }
        return object.finished()
    }

    /// Microseconds are as fine as these times mean anything.
    static func rounded(_ milliseconds: Double) -> Double { (milliseconds * 1000).rounded() / 1000 }
}

extension CommandResult {
    /// The answer to a ticket.
    init(_ ticket: Ticket, _ outcome: Outcome, startedAt: Moment?, deviceTime: Duration, now: Now) {
        self.init(
            id: ticket.command.id,
            pdu: ticket.outlet.pdu.rawValue,
            outlet: .number(ticket.outlet.outlet),
            action: ticket.command.action,
            status: outcome.status,
            state: outcome.state,
            error: Problem(outcome),
            by: ticket.command.by,
            user: ticket.command.user,
            door: ticket.command.door,
            receivedAt: ticket.receivedTime,
            finishedAt: now.wallTime,
            queuedMilliseconds: startedAt.map { ($0 - ticket.receivedAt).milliseconds },
            deviceMilliseconds: startedAt == nil ? nil : deviceTime.milliseconds,
            plan: outcome.plan
        )
    }

    /// The answer to a message that never became a ticket.
    init(
        refusing outcome: Outcome,
        id: String?,
        pdu: String,
        outlet: OutletLevel,
        action: Action? = nil,
        by: String?,
        user: String?,
        door: Door?,
        receivedAt: Date
    ) {
        self.init(
            id: id,
            pdu: pdu,
            outlet: outlet,
            action: action,
            status: outcome.status,
            error: Problem(outcome),
            by: by,
            user: user,
            door: door,
            receivedAt: receivedAt,
            finishedAt: receivedAt
        )
    }

    /// The answer to a command that never became a ticket.
    init(refusing outcome: Outcome, _ command: Command, pdu: String, _ outlet: OutletLevel, receivedAt: Date) {
        self.init(
            refusing: outcome,
            id: command.id,
            pdu: pdu,
            outlet: outlet,
            action: command.action,
            by: command.by,
            user: command.user,
            door: command.door,
            receivedAt: receivedAt
        )
    }

    /// The same for an outlet.
    init(refusing outcome: Outcome, _ command: Command, _ outlet: OutletID, receivedAt: Date) {
        self.init(refusing: outcome, command, pdu: outlet.pdu.rawValue, .number(outlet.outlet), receivedAt: receivedAt)
    }
}

extension CommandResult.Problem {
    /// What an outcome says of it; nothing where it says nothing.
    public init?(_ outcome: Outcome) {
        guard let message = outcome.message else { return nil }
        self.init(
            code: outcome.code?.rawValue ?? outcome.status.rawValue,
            message: message,
            until: outcome.until.map(RFC3339.text)
        )
    }
}

extension CommandResult: Decodable {
    /// Reads an answer as it was published.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        pdu = try container.decode(String.self, forKey: .pdu)
        outlet = try container.decode(OutletLevel.self, forKey: .outlet)
        action = try container.decodeIfPresent(String.self, forKey: .action).flatMap(Action.init(rawValue:))
        guard let status = Outcome.Status(rawValue: try container.decode(String.self, forKey: .status)) else {
            throw DecodingError.dataCorruptedError(forKey: .status, in: container, debugDescription: "not a status")
        }
        self.status = status
        state = try container.decodeIfPresent(String.self, forKey: .state).flatMap(PowerState.init(rawValue:))
        error = try container.decodeIfPresent(Problem.self, forKey: .error)
        by = try container.decodeIfPresent(String.self, forKey: .by)
        user = try container.decodeIfPresent(String.self, forKey: .user)
        door = (try container.decodeIfPresent(String.self, forKey: .door)).flatMap(Door.init(rawValue:))
        receivedAt = try container.decodeTime(forKey: .receivedAt)
        finishedAt = try container.decodeTime(forKey: .finishedAt)
        queuedMilliseconds = try container.decodeIfPresent(Double.self, forKey: .queuedMilliseconds)
        deviceMilliseconds = try container.decodeIfPresent(Double.self, forKey: .deviceMilliseconds)
        plan = try container.decodeIfPresent(CommandPlan.self, forKey: .plan)
    }
}

extension OutletLevel: Decodable {
    /// Reads a number or text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self), let outlet = OutletNumber(number) {
            self = .number(outlet)
        } else {
            self = OutletLevel(topicLevel: Substring(try container.decode(String.self)))
        }
    }
}
