public import MQTTClient
public import Power

/// The topics of the agent's contract, below one base topic.
public struct TopicMap: Sendable, Equatable {
    /// The base topic, without a slash at the end; `lab` by default.
    public let base: String

    /// Topics below a base topic, which may have any number of levels and no wildcard.
    public init(base: String = "lab") {
        self.base = base
    }

    // MARK: - What the agent listens to

    /// Every topic filter that the agent subscribes to for commands.
    public var commandFilters: [String] {
        ["\(base)/pdu/+/outlet/+/set", "\(base)/group/+/set", loadsFilter, "\(base)/pdu/+/get"]
    }

    /// The same on topics of users' own, below the user's name.
    public var userFilters: [String] {
        ["pdu/+/outlet/+/set", "group/+/set", "load/+/set", "pdu/+/get"].map { "\(base)/user/+/\($0)" }
    }

    private func commandFilters(_ pdu: PDUName) -> [String] {
        ["\(base)/pdu/\(pdu)/outlet/+/set", "\(base)/user/+/pdu/\(pdu)/outlet/+/set"]
    }

    /// How commands for loads and groups have ended, for the agents of a fleet that are next in line.
    var wholeResultFilters: [String] { ["\(base)/load/+/result", "\(base)/group/+/result"] }

    /// Everything that an agent subscribes to.
    public func filters(agent: String) -> [String] {
        commandFilters + userFilters + [agentsFilter, sync(agent: agent)]
    }

    /// Commands for loads.
    var loadsFilter: String { "\(base)/load/+/set" }

    /// Where every agent at the broker says whether it is there.
    public var agentsFilter: String { "\(base)/agent/+/availability" }

    /// What a topic that the agent listens to is for; nothing when it is none of its own.
    public func parse(_ topic: String) -> IncomingTopic? {
        guard topic.utf8.count > base.utf8.count + 1, topic.hasPrefix(base),
            topic.utf8[topic.utf8.index(topic.startIndex, offsetBy: base.utf8.count)] == UInt8(ascii: "/")
        else { return nil }
        let levels = topic.utf8.dropFirst(base.utf8.count + 1)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .compactMap { Substring($0) }
        guard levels.first == "user", levels.count > 2 else { return Self.parse(levels[...]) }
        switch Self.parse(levels[2...]) {
        case .agentAvailability, .user, .result, .groupResult, .loadResult, .info, nil: return nil
        case let topic?: return .user(String(levels[1]), topic)
        }
    }

    private static func parse(_ levels: ArraySlice<Substring>) -> IncomingTopic? {
        let levels = Array(levels)
        switch (levels.first, levels.count, levels.last) {
        case ("pdu", 5, "set") where levels[2] == "outlet":
            return .outlet(pdu: String(levels[1]), OutletLevel(topicLevel: levels[3]))
        case ("pdu", 5, "result") where levels[2] == "outlet":
            return .result(pdu: String(levels[1]), OutletLevel(topicLevel: levels[3]))
        case ("pdu", 3, "info"): return .info(pdu: String(levels[1]))
        case ("group", 3, "set"): return .group(String(levels[1]))
        case ("group", 3, "result"): return .groupResult(String(levels[1]))
        case ("load", 3, "result"): return .loadResult(String(levels[1]))
        case ("load", 3, "set"): return .load(String(levels[1]))
        case ("agent", 3, "availability"): return .agentAvailability(String(levels[1]))
        case ("pdu", 3, "get"): return .get(pdu: String(levels[1]))
        default: return nil
        }
    }

    /// Where a user gives what would be given to a plain topic.
    public func own(_ topic: String, of user: String) -> String {
        "\(base)/user/\(user)\(topic.dropFirst(base.count))"
    }

    /// Whether a topic lies below the base topic.
    public func contains(_ topic: String) -> Bool {
        topic == base || topic.hasPrefix(base + "/")
    }

    // MARK: - What the agent publishes

    /// An outlet's state.
    public func state(_ outlet: OutletID) -> String { "\(base)/pdu/\(outlet.pdu)/outlet/\(outlet.outlet)/state" }
    /// An outlet's measurements.
    public func telemetry(_ outlet: OutletID) -> String {
        "\(base)/pdu/\(outlet.pdu)/outlet/\(outlet.outlet)/telemetry"
    }
    /// The results of an outlet's commands. The PDU's name is taken as it came, for a sole agent's answers.
    public func result(pdu: String, _ outlet: OutletLevel) -> String {
        "\(base)/pdu/\(pdu)/outlet/\(outlet.topicLevel)/result"
    }
    /// Whether a PDU can be read.
    public func availability(_ pdu: PDUName) -> String { "\(base)/pdu/\(pdu)/availability" }
    /// A PDU's measurements as a whole.
    public func telemetry(_ pdu: PDUName) -> String { "\(base)/pdu/\(pdu)/telemetry" }
    /// What a PDU is.
    public func info(_ pdu: PDUName) -> String { "\(base)/pdu/\(pdu)/info" }
    /// Where a PDU is asked to be read and everything of it to be published again.
    public func get(_ pdu: PDUName) -> String { "\(base)/pdu/\(pdu)/get" }
    /// Where something retained is said of a PDU as a whole.
    func retained(of pdu: PDUName) -> [String] { [availability(pdu), info(pdu), telemetry(pdu)] }
    /// Where something retained is said of an outlet.
    func retained(of outlet: OutletID) -> [String] { [state(outlet), telemetry(outlet)] }
    /// The results of a group's commands.
    public func result(group: String) -> String { "\(base)/group/\(group)/result" }
    /// What a load is.
    public func state(load: String) -> String { "\(base)/load/\(load)/state" }
    /// Whether every PDU that feeds a load can be read.
    public func availability(load: String) -> String { "\(base)/load/\(load)/availability" }
    /// The results of a load's commands.
    public func result(load: String) -> String { "\(base)/load/\(load)/result" }
    /// Whether the agent is there; also its last will.
    public func availability(agent: String) -> String { "\(base)/agent/\(agent)/availability" }
    /// Where the agent writes to itself.
    public func sync(agent: String) -> String { "\(base)/agent/\(agent)/sync" }
    /// What the agent is and how it is.
    public func info(agent: String) -> String { "\(base)/agent/\(agent)/info" }
}

/// What an agent has to hear commands for, so that it is not there for them without these subscriptions.
public struct ListeningNeeds: Sendable, Equatable {
    /// Whether it has loads.
    public var loads: Bool
    /// Whether users are configured, who may write to topics of their own.
    public var users: Bool

    /// What it has to hear commands for besides outlets and groups.
    public init(loads: Bool = true, users: Bool = false) {
        self.loads = loads
        self.users = users
    }
}

/// What an agent of a fleet listens for of a PDU.
public enum PDUAttention: Sendable, Equatable {
    case nothing
    /// Commands, and which of them are answered: the agent is next for the PDU.
    case next
    /// All that, and whether another agent says that it owns the PDU: the agent owns it since a moment ago.
    case taken
    /// Commands, and whether another agent says that it owns the PDU: the agent owns it.
    case owned

    /// Whether the agent owns the PDU.
    public var isOwned: Bool {
        switch self {
        case .nothing, .next: false
        case .taken, .owned: true
        }
    }
}

/// The PDUs of a fleet that an agent listens for. There may be tens of thousands, so it is changed in place.
public struct FleetAttention: Sendable, Equatable {
    /// Without those for which it listens for nothing.
    public private(set) var pdus: [PDUName: PDUAttention] = [:]
    /// How many of them the agent owns.
    public private(set) var owned = 0

    /// Attention to nothing.
    public init() {}

    /// How many the agent is next for.
    public var next: Int { pdus.count - owned }

    /// What it listens for of a PDU.
    public subscript(pdu: PDUName) -> PDUAttention { pdus[pdu] ?? .nothing }

    /// Listens for something else from now on.
    public mutating func apply(_ changes: [PDUName: PDUAttention]) {
        for (pdu, new) in changes {
            let old = new == .nothing ? pdus.removeValue(forKey: pdu) : pdus.updateValue(new, forKey: pdu)
            if old?.isOwned == true { owned -= 1 }
            if new.isOwned { owned += 1 }
        }
    }
}

extension TopicMap {
    /// Everything that an agent subscribes to for itself.
    ///
    /// - Parameter shared: the PDUs of a fleet that it listens for; nothing without a fleet, where it hears the
    ///   commands for all PDUs.
    public func subscriptions(
        agent: String,
        listens: ListeningNeeds = ListeningNeeds(),
        shared: FleetAttention? = nil
    ) -> [Subscription] {
        let filters =
            if let shared {
                // To have a PDU read again is asked for seldom, so what is for other agents' PDUs is heard and left alone.
                filters(agent: agent).filter { !$0.hasSuffix("/pdu/+/outlet/+/set") }
                    + wholeResultFilters
                    + shared.pdus.sorted { $0.key < $1.key }.flatMap { self.filters(of: $0.key, $0.value) }
            } else {
                filters(agent: agent)
            }
        return filters.map { subscription($0, listens) }
    }

    /// What an agent of a fleet subscribes to for a PDU: the owner for commands, and whether another says that it owns it; who is
    /// next for commands, and which are answered.
    func filters(of pdu: PDUName, _ attention: PDUAttention) -> [String] {
        let results = "\(base)/pdu/\(pdu)/outlet/+/result"
        return switch attention {
        case .nothing: []
        case .next: commandFilters(pdu) + [results]
        case .taken: commandFilters(pdu) + [results, info(pdu)]
        case .owned: commandFilters(pdu) + [info(pdu)]
        }
    }

    func subscription(_ filter: String, _ listens: ListeningNeeds) -> Subscription {
        // Who else is there is good to know, and no reason not to switch.
        let isRequired =
            filter != agentsFilter && !wholeResultFilters.contains(filter) && (filter != loadsFilter || listens.loads)
            && (!filter.hasPrefix("\(base)/user/") || listens.users)
        // With the flag as published, a command that is sent retained shows it even to an agent that is connected,
        // so it is refused now and not only when it comes back at the next connection. Of a PDU's `info` it is to be seen
        // whether it is said now.
        let isInfo = filter.hasPrefix("\(base)/pdu/") && filter.hasSuffix("/info")
        return Subscription(filter, retainAsPublished: !isInfo, isRequired: isRequired)
    }
}

/// What a message to the agent is for. Names are as they came, unchecked.
public enum IncomingTopic: Sendable, Equatable {
    /// What came on a topic of a user's own, where only that user may write.
    indirect case user(String, IncomingTopic)
    /// A command for one outlet, or for all of a PDU.
    case outlet(pdu: String, OutletLevel)
    /// A command for a group.
    case group(String)
    /// A command for a load.
    case load(String)
    /// Read a PDU now and publish everything again.
    case get(pdu: String)
    /// How a command ended that another agent of the fleet has answered.
    case result(pdu: String, OutletLevel)
    /// How a command for a group ended that another agent of the fleet has answered.
    case groupResult(String)
    /// How a command for a load ended that another agent of the fleet has answered.
    case loadResult(String)
    /// What an agent of the fleet says of a PDU.
    case info(pdu: String)
    /// Whether another agent is there.
    case agentAvailability(String)

    /// Whether it is a command for a load.
    var isLoad: Bool { if case .load = self { true } else { false } }
}
