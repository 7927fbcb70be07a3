import Foundation

/// How an agent says that a command ended.
public struct RemoteAnswer: Sendable, Equatable, Decodable {
    /// What went wrong, or what would forbid it.
    public struct Problem: Sendable, Equatable, Decodable {
        /// The word for programs.
        public var code: String
        /// The words for people.
        public var message: String
    }

    /// What a dry run would do.
    public struct Plan: Sendable, Equatable, Decodable {
        /// One step.
        public struct Step: Sendable, Equatable, Decodable {
            /// In seconds from now.
            public var after: Double
            /// As `bench/1`.
            public var outlet: String
            /// What would be done.
            public var action: String
        }

        /// The steps in their order.
        public var steps: [Step]
        /// What would forbid it.
        public var obstacles: [Problem]?
        /// How long it would take, in seconds.
        public var duration: Double?

        private enum CodingKeys: String, CodingKey {
            case steps, obstacles
            case duration = "duration_s"
        }
    }

    /// The command's id.
    public var id: String?
    /// The PDU, where it is about one.
    public var pdu: String?
    /// The outlet's number, where it is about one.
    public var outlet: Int?
    /// The load, where it is about one.
    public var load: String?
    /// `done`, `rejected`, `failed`, `unknown`, `expired` or `superseded`.
    public var status: String
    /// What the outlet reads.
    public var state: String?
    /// What went wrong.
    public var error: Problem?
    /// How long the device took, in milliseconds.
    public var deviceMilliseconds: Double?
    /// What a dry run would do.
    public var plan: Plan?
    /// For a group, outlet by outlet.
    public var outlets: [RemoteAnswer]?
    /// For a group that has loads, load by load.
    public var loads: [RemoteAnswer]?
    /// For a load, feed by feed.
    public var feeds: [RemoteFeed]?

    /// How long a dry run says that the command would take, in seconds: of a group, until the last outlet.
    var plannedDuration: Double {
        ([plan?.duration ?? 0] + ((outlets ?? []) + (loads ?? [])).map(\.plannedDuration)).max() ?? 0
    }

    private enum CodingKeys: String, CodingKey {
        case id, pdu, outlet, load, status, state, error, plan, outlets, loads, feeds
        case deviceMilliseconds = "device_ms"
    }

    /// Reads an answer.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        pdu = try container.decodeIfPresent(String.self, forKey: .pdu)
        // It is `all`, or what was in the topic, where it is no number.
        outlet = try? container.decodeIfPresent(Int.self, forKey: .outlet)
        status = try container.decode(String.self, forKey: .status)
        state = try container.decodeIfPresent(String.self, forKey: .state)
        error = try container.decodeIfPresent(Problem.self, forKey: .error)
        plan = try container.decodeIfPresent(Plan.self, forKey: .plan)
        outlets = try container.decodeIfPresent([RemoteAnswer].self, forKey: .outlets)
        load = try container.decodeIfPresent(String.self, forKey: .load)
        loads = try container.decodeIfPresent([RemoteAnswer].self, forKey: .loads)
        feeds = try container.decodeIfPresent([RemoteFeed].self, forKey: .feeds)
        deviceMilliseconds = try container.decodeIfPresent(Double.self, forKey: .deviceMilliseconds)
    }

    /// Reads an answer; nothing when it is none.
    public init?(json: [UInt8]) {
        guard let answer = try? JSONDecoder().decode(RemoteAnswer.self, from: Data(json)) else { return nil }
        self = answer
    }
}

/// What became of one feed of a load.
public struct RemoteFeed: Sendable, Equatable, Decodable {
    /// The PDU.
    public var pdu: String
    /// The outlet's number.
    public var outlet: Int
    /// How it ended; nothing when nothing was done to it.
    public var status: String?
    /// What it was read as last.
    public var state: String?
    /// What went wrong.
    public var error: RemoteAnswer.Problem?
}
