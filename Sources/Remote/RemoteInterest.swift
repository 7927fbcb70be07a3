import Agent
import MQTTClient
import Power

/// What of the broker's topics a command line needs to see.
public struct RemoteInterest: Sendable, Equatable {
    /// How much of each PDU.
    public enum Depth: Sendable, Equatable {
        /// What it is and whether it can be read.
        case description
        /// Its states and measurements too.
        case state
    }

    /// How many PDUs are asked for one by one; more are asked for all together.
    static let maximumSingles = 32

    var pdus: [PDUName]?
    var depth: Depth
    var groups: [String] = []
    /// The loads that are asked for; nothing for all of them.
    var loads: [String]?
    var wantsResults = false
    var looksIntoGroups = false

    /// What these targets need; everything when there are none.
    ///
    /// - Parameter looksIntoGroups: whether the members of groups are of interest one by one.
    public init(
        _ expressions: [TargetExpression],
        depth: Depth,
        wantsResults: Bool = false,
        looksIntoGroups: Bool = false
    ) {
        self.depth = depth
        self.wantsResults = wantsResults
        self.looksIntoGroups = looksIntoGroups
        groups = expressions.compactMap { expression in
            if case .group(let name) = expression { name } else { nil }
        }
        // Which they are is known only when the agents have told.
        guard !expressions.isEmpty, !looksIntoGroups || groups.isEmpty else { return }
        loads = expressions.compactMap { expression in
            if case .load(let name) = expression { name } else { nil }
        }
        var pdus: Set<PDUName> = []
        for expression in expressions {
            guard let names = expression.pdus else { return }
            pdus.formUnion(names)
        }
        if pdus.count <= Self.maximumSingles { self.pdus = pdus.sorted() }
    }

    func subscriptions(_ topics: TopicMap) -> [Subscription] {
        let names = pdus.map { $0.map(\.rawValue) } ?? ["+"]
        var subscriptions = [Subscription(topics.agentsFilter, qos: .atMostOnce)]
        if looksIntoGroups {
            subscriptions.append(Subscription(topics.info(agent: "+"), qos: .atMostOnce, isRequired: false))
        }
        for name in names {
            let pdu = "\(topics.base)/pdu/\(name)"
            var kinds = ["info", "availability"]
            if depth == .state { kinds += ["telemetry", "outlet/+/state", "outlet/+/telemetry"] }
            // With QoS 0 a broker sends all that it has kept; of QoS 1 it drops what is too much to wait.
            subscriptions += kinds.map { Subscription("\(pdu)/\($0)", qos: .atMostOnce) }
            if wantsResults { subscriptions.append(Subscription("\(pdu)/outlet/+/result")) }
        }
        for name in loads ?? ["+"] {
            let load = "\(topics.base)/load/\(name)"
            // Whoever asks for everything may be allowed to see the outlets only.
            subscriptions += ["state", "availability"].map {
                Subscription("\(load)/\($0)", qos: .atMostOnce, isRequired: loads != nil)
            }
            if wantsResults { subscriptions.append(Subscription(topics.result(load: name), isRequired: loads != nil)) }
        }
        if wantsResults {
            subscriptions += groups.map { Subscription(topics.result(group: $0)) }
            if pdus == nil, groups.isEmpty { subscriptions.append(Subscription(topics.result(group: "+"))) }
        }
        return subscriptions
    }
}
