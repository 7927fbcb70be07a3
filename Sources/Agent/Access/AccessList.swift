public import Power

/// The access control list of a mosquitto, with no more rights than each user needs.
public struct AccessList: Sendable {
    private let topics: TopicMap
    /// The agent's id; nothing where the agents of a fleet have the same user.
    private let agent: String?
    private let pdus: [PDUName]
    private let discoveryPrefix: String?
    private let replyPrefix: String?
    private let hasUsers: Bool
    private let showsAllAgents: Bool
    private let groups: [String: GroupRules]
    private let loads: [String: LoadRules]

    /// A list for the agent with this id, or for the agents of a fleet, and these PDUs.
    ///
    /// - Parameters:
    ///   - agent: the agent's id; nothing for the agents of a fleet, which listen to each other's results besides.
    ///   - discoveryPrefix: where the agent announces to Home Assistant, where it does.
    ///   - replyPrefix: below which the response topics of MQTT 5 lie, where they are used.
    ///   - hasUsers: whether the agent knows users, so that each may write on topics of its own.
    ///   - showsAllAgents: whether the agent's page shows and switches what other agents have.
    ///   - groups: what the groups are made of, for what users see.
    ///   - loads: what feeds the loads, for the same.
    public init(
        topics: TopicMap,
        agent: String?,
        pdus: [PDUName],
        discoveryPrefix: String? = nil,
        replyPrefix: String? = nil,
        hasUsers: Bool = false,
        showsAllAgents: Bool = false,
        groups: [String: GroupRules] = [:],
        loads: [String: LoadRules] = [:]
    ) {
        self.topics = topics
        self.agent = agent
        self.pdus = pdus.sorted()
        self.discoveryPrefix = discoveryPrefix
        self.replyPrefix = replyPrefix
        self.hasUsers = hasUsers
        self.showsAllAgents = showsAllAgents
        self.groups = groups
        self.loads = loads
    }

    /// Whether mosquitto can have a user of this name in its list.
    public static func isValid(user: String) -> Bool {
        !user.isEmpty && user.first != " " && user.last != " "
            && user.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// The text of mosquitto's `acl_file`.
    public func text(_ users: [(name: String, role: AccessRole)]) -> String {
        let head = """
            # What each user may do at the broker. Written by busbar acl; mosquitto reads it again on SIGHUP.
            # A user that is not named here, and nobody without a name, may do nothing.

            """
        let own = """

            # What a user writes below its name, nobody else can have written; the agent knows what each may do.
            pattern write \(base)/user/%u/#

            """
        return users.reduce(into: hasUsers ? head + own : head) { text, user in
            text += "\nuser \(user.name)\n" + lines(user.role).map { "topic \($0)\n" }.joined()
        }
    }

    private var base: String { topics.base }

    private func lines(_ role: AccessRole) -> [String] {
        switch role {
        case .agent: agentLines
        case .observer: seeing
        case .user(let rights): userLines(rights) + (rights.role >= .operate ? replies : [])
        case .controller: seeing + switching + replies
        case .homeAssistant: seeing + switching + announcements
        case .grants(let grants): ["read \(base)/agent/+/availability"] + unique(grants.flatMap(lines)) + replies
        }
    }

    private var seeing: [String] {
        [
            "read \(base)/pdu/+/outlet/+/state", "read \(base)/pdu/+/outlet/+/telemetry",
            "read \(base)/pdu/+/outlet/+/result", "read \(base)/pdu/+/availability", "read \(base)/pdu/+/telemetry",
            "read \(base)/pdu/+/info", "read \(base)/group/+/result", "read \(base)/load/+/state",
            "read \(base)/load/+/availability", "read \(base)/load/+/result", "read \(base)/agent/+/availability",
            "read \(base)/agent/+/info",
        ]
    }

    private var switching: [String] {
        [
            "write \(base)/pdu/+/outlet/+/set", "write \(base)/pdu/+/get", "write \(base)/group/+/set",
            "write \(base)/load/+/set",
        ]
    }

    /// What a user may read; it writes on topics of its own.
    private func userLines(_ rights: Rights) -> [String] {
        let reach = Reach(rights, groups: groups, loads: loads)
        guard rights.role >= .view else { return [] }
        guard !reach.seesEverything else { return seeing }
        var lines = ["read \(base)/agent/+/availability"]
        for pdu in pdus where reach.sees(wholePDU: pdu.rawValue) {
            let pdu = "\(base)/pdu/\(pdu)"
            lines += [
                "read \(pdu)/availability", "read \(pdu)/info", "read \(pdu)/telemetry", "read \(pdu)/outlet/+/state",
                "read \(pdu)/outlet/+/telemetry", "read \(pdu)/outlet/+/result",
            ]
        }
        var outlets = Set(groups.values.flatMap(\.outlets) + loads.values.flatMap(\.feeds))
        for case .outlets(let pattern, let number?) in rights.scope.parts {
            for pdu in pdus where Scope.matches(pattern, pdu.rawValue) {
                outlets.insert(OutletID(pdu: pdu, outlet: number))
            }
        }
        for outlet in outlets.filter(reach.sees).sorted() where !reach.sees(wholePDU: outlet.pdu.rawValue) {
            lines += outletLines(outlet.pdu, outlet.outlet.description).filter { $0.hasPrefix("read ") }
        }
        for group in groups.keys.sorted() where reach.sees(group: group) {
            lines.append("read \(topics.result(group: group))")
        }
        for load in loads.keys.sorted() where reach.sees(load: load) {
            lines += [
                "read \(topics.result(load: load))", "read \(topics.state(load: load))",
                "read \(topics.availability(load: load))",
            ]
        }
        return unique(lines)
    }

    private var replies: [String] { replyPrefix.map { ["read \($0)/#"] } ?? [] }

    private var announcements: [String] {
        discoveryPrefix.map { ["readwrite \($0)/status", "read \($0)/+/+/config"] } ?? []
    }

    private var agentLines: [String] {
        // Who is next for a PDU of a fleet hears what its owner says, and who was the owner asks the next one to say it again.
        let shares = agent == nil ? "readwrite" : "write"
        let asks = agent == nil ? "readwrite" : "read"
        var lines = [
            "read \(base)/group/+/set", "\(shares) \(base)/group/+/result", "read \(base)/load/+/set",
            "write \(base)/load/+/state", "write \(base)/load/+/availability", "\(shares) \(base)/load/+/result",
        ]
        for pdu in pdus {
            let pdu = "\(base)/pdu/\(pdu)"
            lines += [
                "read \(pdu)/outlet/+/set", "\(asks) \(pdu)/get", "write \(pdu)/outlet/+/state",
                "write \(pdu)/outlet/+/telemetry", "\(shares) \(pdu)/outlet/+/result", "write \(pdu)/availability",
                "write \(pdu)/telemetry", "\(shares) \(pdu)/info",
            ]
        }
        lines += pdus.flatMap { pdu in
            ["read \(base)/user/+/pdu/\(pdu)/outlet/+/set", "read \(base)/user/+/pdu/\(pdu)/get"]
        }
        lines += ["read \(base)/user/+/group/+/set", "read \(base)/user/+/load/+/set"]
        lines += [
            "read \(base)/agent/+/availability", "write \(topics.availability(agent: agent ?? "+"))",
            "write \(topics.info(agent: agent ?? "+"))", "readwrite \(topics.sync(agent: agent ?? "+"))",
        ]
        if let discoveryPrefix {
            lines += ["read \(discoveryPrefix)/status", "readwrite \(discoveryPrefix)/+/+/config"]
        }
        if let replyPrefix { lines.append("write \(replyPrefix)/#") }
        if showsAllAgents {
            // Without users it gives the commands of its page on the plain topics.
            let plain = switching.map { $0.dropFirst("write \(base)/".count) }
            lines += seeing + (hasUsers ? plain.map { "write \(base)/user/+/\($0)" } : switching)
        }
        return unique(lines)
    }

    private func lines(_ grant: AccessRole.Grant) -> [String] {
        switch grant {
        case .outlet(let id): outletLines(id.pdu, id.outlet.description)
        case .pdu(let pdu): outletLines(pdu, "+") + ["read \(topics.telemetry(pdu))", "write \(topics.get(pdu))"]
        case .group(let name): ["write \(base)/group/\(name)/set", "read \(topics.result(group: name))"]
        case .load(let name):
            [
                "write \(base)/load/\(name)/set", "read \(topics.result(load: name))",
                "read \(topics.state(load: name))", "read \(topics.availability(load: name))",
            ]
        }
    }

    private func outletLines(_ pdu: PDUName, _ outlet: String) -> [String] {
        let topic = "\(base)/pdu/\(pdu)/outlet/\(outlet)"
        return [
            "read \(topics.availability(pdu))", "read \(topics.info(pdu))", "read \(topic)/state",
            "read \(topic)/telemetry", "read \(topic)/result", "write \(topic)/set",
        ]
    }

    private func unique(_ lines: [String]) -> [String] {
        var seen: Set<String> = []
        return lines.filter { seen.insert($0).inserted }
    }
}

/// What a user of the broker may do.
public enum AccessRole: Sendable, Hashable {
    /// What one grant is about.
    public enum Grant: Sendable, Hashable {
        /// One outlet.
        case outlet(OutletID)
        /// Every outlet of a PDU.
        case pdu(PDUName)
        /// A group of the configuration.
        case group(String)
        /// A load of the configuration.
        case load(String)
    }

    /// The agent itself.
    case agent
    /// See everything and switch everything.
    case controller
    /// See everything.
    case observer
    /// Home Assistant: see and switch everything, and read what is announced.
    case homeAssistant
    /// See and switch on topics of its own what rights reach; the agent looks at each command.
    case user(Rights)
    /// See and switch these.
    case grants([Grant])
}
