public import Foundation
public import Power

/// How a command for several outlets ended.
public struct GroupResult: Sendable, Encodable {
    /// Whom the command was for.
    public enum Target: Sendable, Hashable, Codable, CustomStringConvertible {
        /// A group of the configuration.
        case group(String)
        /// Every outlet of a PDU.
        case pdu(String)

        /// As `group/rack-a` or `pdu/bench`.
        public var description: String {
            switch self {
            case .group(let name): "group/\(name)"
            case .pdu(let name): "pdu/\(name)"
            }
        }

        func resultTopic(_ topics: TopicMap) -> String {
            switch self {
            case .group(let name): topics.result(group: name)
            case .pdu(let name): topics.result(pdu: name, .all)
            }
        }
    }

    /// Whom the command was for.
    public var target: Target
    /// The sender's name for the command.
    public var id: String?
    /// What was asked for; absent when the payload could not be read.
    public var action: Action?
    /// `done` when every outlet is done, else what is worst among them.
    public var status: Outcome.Status
    /// Why the command was not begun at all.
    public var error: CommandResult.Problem?
    /// Who asked, as the sender says.
    public var by: String?
    /// Who the sender proved to be.
    public var user: String?
    /// By which door the command came in.
    public var door: Door?
    /// When the command arrived.
    public var receivedAt: Date
    /// When the last outlet ended.
    public var finishedAt: Date
    /// Outlet by outlet, in the order in which they were commanded.
    public var outlets: [CommandResult]
    /// Load by load, in that order too, of a group that has loads.
    public var loads: [LoadResult] = []

    private enum CodingKeys: String, CodingKey {
        case group
        case pdu
        case id
        case action
        case status
        case error
        case by
        case user
        case door
        case receivedAt = "received_at"
        case finishedAt = "finished_at"
        case outlets
        case loads
    }

    /// Writes the keys of the contract; absent ones are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch target {
        case .group(let name): try container.encode(name, forKey: .group)
        case .pdu(let name): try container.encode(name, forKey: .pdu)
        }
        try container.encodeIfPresent(id, forKey: .id)
        try container.encodeIfPresent(action?.rawValue, forKey: .action)
        try container.encode(status.rawValue, forKey: .status)
        try container.encodeIfPresent(error, forKey: .error)
        try container.encodeIfPresent(by, forKey: .by)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encodeIfPresent(door, forKey: .door)
        try container.encode(RFC3339.text(receivedAt), forKey: .receivedAt)
        try container.encode(RFC3339.text(finishedAt), forKey: .finishedAt)
        try container.encode(outlets, forKey: .outlets)
        if !loads.isEmpty { try container.encode(loads, forKey: .loads) }
    }

    /// Whether nothing of the command was begun.
    var isRefusal: Bool {
        status == .rejected && outlets.allSatisfy { $0.status == .rejected }
            && loads.allSatisfy { $0.status == .rejected }
    }

    /// What is worst among the outlets' outcomes, as the group's own.
    static func worst(of statuses: some Sequence<Outcome.Status>) -> Outcome.Status {
        let order: [Outcome.Status] = [.done, .superseded, .expired, .rejected, .failed, .unknown]
        return statuses.max { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) } ?? .done
    }
}

extension GroupResult: Decodable {
    /// Reads a result as it was published.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let name = try container.decodeIfPresent(String.self, forKey: .group) {
            target = .group(name)
        } else {
            target = .pdu(try container.decode(String.self, forKey: .pdu))
        }
        id = try container.decodeIfPresent(String.self, forKey: .id)
        action = try container.decodeIfPresent(Action.self, forKey: .action)
        status = try container.decode(Outcome.Status.self, forKey: .status)
        error = try container.decodeIfPresent(CommandResult.Problem.self, forKey: .error)
        by = try container.decodeIfPresent(String.self, forKey: .by)
        user = try container.decodeIfPresent(String.self, forKey: .user)
        door = try container.decodeIfPresent(String.self, forKey: .door).flatMap(Door.init(rawValue:))
        receivedAt = try container.decodeTime(forKey: .receivedAt)
        finishedAt = try container.decodeTime(forKey: .finishedAt)
        outlets = try container.decode([CommandResult].self, forKey: .outlets)
        loads = try container.decodeIfPresent([LoadResult].self, forKey: .loads) ?? []
    }
}
