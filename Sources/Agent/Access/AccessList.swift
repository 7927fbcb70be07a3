public import Power

/// The access control list of a mosquitto, with no more rights than each user needs.
public struct AccessList: Sendable {
    private let topics: TopicMap
    private let agent: String
    private let pdus: [PDUName]
    private let discoveryPrefix: String?
    private let replyPrefix: String?

    /// A list for the agent with this id and these PDUs.
    ///
    /// - Parameters:
    ///   - discoveryPrefix: where the agent announces to Home Assistant, where it does.
    ///   - replyPrefix: below which the response topics of MQTT 5 lie, where they are used.
    public init(
        topics: TopicMap,
        agent: String,
        pdus: [PDUName],
        discoveryPrefix: String? = nil,
        replyPrefix: String? = nil
    ) {
        self.topics = topics
        self.agent = agent
        self.pdus = pdus.sorted()
        self.discoveryPrefix = discoveryPrefix
        self.replyPrefix = replyPrefix
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
        return users.reduce(into: head) { text, user in
            text += "\nuser \(user.name)\n" + lines(user.role).map { "topic \($0)\n" }.joined()
        }
    }

    private var base: String { topics.base }

    private func lines(_ role: AccessRole) -> [String] {
        switch role {
        case .agent: agentLines
        case .observer: seeing
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

    private var replies: [String] { replyPrefix.map { ["read \($0)/#"] } ?? [] }

    private var announcements: [String] {
        discoveryPrefix.map { ["readwrite \($0)/status", "read \($0)/+/+/config"] } ?? []
    }

    private var agentLines: [String] {
        var lines = [
            "read \(base)/group/+/set", "write \(base)/group/+/result", "read \(base)/load/+/set",
            "write \(base)/load/+/state", "write \(base)/load/+/availability", "write \(base)/load/+/result",
        ]
        for pdu in pdus {
            let pdu = "\(base)/pdu/\(pdu)"
            lines += [
                "read \(pdu)/outlet/+/set", "read \(pdu)/get", "write \(pdu)/outlet/+/state",
                "write \(pdu)/outlet/+/telemetry", "write \(pdu)/outlet/+/result", "write \(pdu)/availability",
                "write \(pdu)/telemetry", "write \(pdu)/info",
            ]
        }
        lines += [
            "read \(base)/agent/+/availability", "write \(topics.availability(agent: agent))",
            "write \(topics.info(agent: agent))", "readwrite \(topics.sync(agent: agent))",
        ]
        if let discoveryPrefix {
            lines += ["read \(discoveryPrefix)/status", "readwrite \(discoveryPrefix)/+/+/config"]
        }
        if let replyPrefix { lines.append("write \(replyPrefix)/#") }
        return lines
    }

    private func lines(_ grant: AccessRole.Grant) -> [String] {
        switch grant {
        case .outlet(let id): outletLines(id.pdu, id.outlet.description)
        case .pdu(let pdu): outletLines(pdu, "+") + ["read \(topics.telemetry(pdu))", "write \(base)/pdu/\(pdu)/get"]
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
