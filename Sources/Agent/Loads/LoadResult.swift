public import Foundation
public import Power

/// How a command for a load ended.
public struct LoadResult: Sendable, Equatable {
    /// What became of one feed.
    public struct Feed: Sendable, Equatable, Codable {
        /// The PDU.
        public var pdu: String
        /// The outlet's number.
        public var outlet: Int
        /// How it ended; absent when nothing was done to it.
        public var status: Outcome.Status?
        /// What it was read as last, where the command had it read.
        public var state: PowerState?
        /// What went wrong.
        public var error: CommandResult.Problem?

        /// The outlet that it is.
        public var outletID: OutletID? {
            guard let pdu = PDUName(pdu), let outlet = OutletNumber(outlet) else { return nil }
            return OutletID(pdu: pdu, outlet: outlet)
        }
    }

    /// The load.
    public var load: String
    /// The sender's name for the command.
    public var id: String?
    /// What was asked for; absent when the payload could not be read.
    public var action: Action?
    /// How it ended: `done` when every feed is.
    public var status: Outcome.Status
    /// What the load is, where every feed was read.
    public var state: LoadState?
    /// What went wrong.
    public var error: CommandResult.Problem?
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
    /// How long the slowest feed's device took for its answers, in milliseconds.
    public var deviceMilliseconds: Double?
    /// What became of each feed, in the order of the configuration.
    public var feeds: [Feed]
    /// For a dry run: what would happen.
    public var plan: CommandPlan?
}

extension LoadResult {
    /// An answer that the feeds have no part in.
    ///
    /// - Parameter command: what was asked for, as far as it could be read.
    init(_ outcome: Outcome, load: String, id: String?, command: Command?, receivedAt: Date, finishedAt: Date) {
        self.init(
            load: load,
            id: id,
            action: command?.action,
            status: outcome.status,
            error: CommandResult.Problem(outcome),
            by: command?.by,
            user: command?.user,
            door: command?.door,
            receivedAt: receivedAt,
            finishedAt: finishedAt,
            feeds: [],
            plan: outcome.plan
        )
    }
}

extension LoadResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case load, id, action, status, state, error, by, user, door, feeds, plan
        case receivedAt = "received_at"
        case finishedAt = "finished_at"
        case queuedMilliseconds = "queued_ms"
        case deviceMilliseconds = "device_ms"
    }

    /// Reads a result as it was published.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        load = try container.decode(String.self, forKey: .load)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        action = try container.decodeIfPresent(Action.self, forKey: .action)
        status = try container.decode(Outcome.Status.self, forKey: .status)
        state = try container.decodeIfPresent(LoadState.self, forKey: .state)
        error = try container.decodeIfPresent(CommandResult.Problem.self, forKey: .error)
        by = try container.decodeIfPresent(String.self, forKey: .by)
        user = try container.decodeIfPresent(String.self, forKey: .user)
        door = (try container.decodeIfPresent(String.self, forKey: .door)).flatMap(Door.init(rawValue:))
        receivedAt = try container.decodeTime(forKey: .receivedAt)
        finishedAt = try container.decodeTime(forKey: .finishedAt)
        queuedMilliseconds = try container.decodeIfPresent(Double.self, forKey: .queuedMilliseconds)
        deviceMilliseconds = try container.decodeIfPresent(Double.self, forKey: .deviceMilliseconds)
        feeds = try container.decode([Feed].self, forKey: .feeds)
        plan = try container.decodeIfPresent(CommandPlan.self, forKey: .plan)
    }

    /// Writes the keys of the contract; absent ones are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(load, forKey: .load)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encodeIfPresent(action, forKey: .action)
        try container.encode(status, forKey: .status)
        try container.encodeIfPresent(state, forKey: .state)
        try container.encodeIfPresent(error, forKey: .error)
        try container.encodeIfPresent(by, forKey: .by)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encodeIfPresent(door, forKey: .door)
        try container.encode(RFC3339.text(receivedAt), forKey: .receivedAt)
        try container.encode(RFC3339.text(finishedAt), forKey: .finishedAt)
        try container.encodeIfPresent(queuedMilliseconds.map(CommandResult.rounded), forKey: .queuedMilliseconds)
        try container.encodeIfPresent(deviceMilliseconds.map(CommandResult.rounded), forKey: .deviceMilliseconds)
        try container.encode(feeds, forKey: .feeds)
        try container.encodeIfPresent(plan, forKey: .plan)
    }

    /// The same keys as `encode(to:)` writes, in alphabetical order, without a general encoder: every command has a result.
    /// Nothing for the rare result with a plan.
    var json: [UInt8]? {
        guard plan == nil else { return nil }
        var object = JSONBytes(capacity: 512)
        if let action { object.add("action", action.rawValue) }
        if let by { object.add("by", by) }
        if let deviceMilliseconds { object.add("device_ms", CommandResult.rounded(deviceMilliseconds)) }
        if let door { object.add("door", door.rawValue) }
        error?.write(to: &object)
        object.add("feeds", feeds) { fields, feed in
            feed.error?.write(to: &fields)
            fields.add("outlet", feed.outlet)
            fields.add("pdu", feed.pdu)
            if let state = feed.state { fields.add("state", state.rawValue) }
            if let status = feed.status { fields.add("status", status.rawValue) }
        }
        object.add("finished_at", RFC3339.text(finishedAt))
        if let id { object.add("id", id) }
        object.add("load", load)
        if let queuedMilliseconds { object.add("queued_ms", CommandResult.rounded(queuedMilliseconds)) }
        object.add("received_at", RFC3339.text(receivedAt))
        if let state { object.add("state", state.rawValue) }
        object.add("status", status.rawValue)
        if let user { object.add("user", user) }
        return object.finished()
    }
}
