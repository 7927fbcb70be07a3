public import Agent
public import Logging
public import Power

/// What an operator asks of a fleet: who owns what, and that it be otherwise.
public final class FleetOperator: Sendable {
    /// A fleet as it is.
    public struct Status: Sendable, Encodable {
        /// An agent that is there.
        public struct Member: Sendable, Encodable {
            /// Its id.
            public var agent: String
            /// Since when it is there.
            public var since: String?
            /// How many PDUs it has in its configuration.
            public var pdus: Int
            /// How many it owns.
            public var owned: Int
            /// It hands everything over.
            public var draining: Bool
            /// It has lost its broker, so that no command reaches it.
            public var cutOff: Bool

            private enum CodingKeys: String, CodingKey {
                case agent, since, pdus, owned, draining
                case cutOff = "cut_off"
            }
        }

        /// A PDU that an agent has in its configuration.
        public struct PDU: Sendable, Encodable {
            /// Its name.
            public var pdu: String
            /// Who owns it; nothing while nobody does.
            public var agent: String?
            /// Since when.
            public var since: String?
            /// Which tenure it is.
            public var epoch: Int64?
            /// Who takes it over next.
            public var next: String?
        }

        /// The agents.
        public var agents: [Member]
        /// The PDUs.
        public var pdus: [PDU]
    }

    private let client: EtcdClient
    private let store: EtcdStore
    private let bundles: PDUBundles

    /// An operator; nothing is contacted yet.
    ///
    /// - Parameter bundles: which PDUs have to have one owner.
    /// - Throws: when the files under `fleet.tls` cannot be used.
    public init(_ configuration: EtcdConfiguration, bundles: PDUBundles, logger: Logger) throws(EtcdError) {
        self.bundles = bundles
        client = try EtcdClient(configuration, logger: logger)
        store = EtcdStore(configuration, client: client, timekeeper: SystemTimekeeper(), logger: logger)
    }

    /// Frees the connections.
    public func shutDown() async { await client.shutDown() }

    /// Who is there, who owns what, and who is next.
    public func status() async throws(EtcdError) -> Status {
        try await client.logIn()
        let (members, owners) = (try await store.members(), try await store.owners())
        let times = try await store.times()
        var book = OwnershipBook(agent: "", instance: "")
        let shared = owners.keys.map { SharedPDU(pdu: $0, window: .zero, bundle: bundles[$0]) }
        book.adopt(shared, at: .start)
        book.saw(members: members, owners: owners, at: .start)
        book.saw(try await store.orders())
        var counts: [String: Int] = [:]
        for owner in owners.values { counts[owner.agent, default: 0] += 1 }
        let names = members.values.reduce(into: Set(owners.keys)) { $0.formUnion($1.pdus) }
        return Status(
            agents: members.sorted { $0.key < $1.key }.map { name, member in
                Status.Member(
                    agent: name,
                    since: times["agent/\(name)"],
                    pdus: member.pdus.count,
                    owned: counts[name] ?? 0,
                    draining: member.isDraining,
                    cutOff: member.isCutOff
                )
            },
            pdus: names.sorted().map { pdu in
                Status.PDU(
                    pdu: pdu.rawValue,
                    agent: owners[pdu]?.agent,
                    since: times["owner/\(pdu)"],
                    epoch: owners[pdu]?.epoch,
                    next: book.ranking(of: pdu, without: owners[pdu]?.agent).first
                )
            }
        )
    }

    /// Has an agent hand everything over that another can take, and take nothing more until it is started anew.
    public func drain(_ agent: String) async throws(EtcdError) {
        try await client.logIn()
        guard let member = try await store.members()[agent] else {
            throw EtcdError(code: .refused, message: "there is no agent \(agent) in the fleet; see busbar fleet status")
        }
        try await store.drain(instance: member.instance, agent: agent)
    }

    /// Has an agent own a PDU, and every other one that has to be with it.
    public func move(_ pdu: PDUName, to agent: String) async throws(EtcdError) {
        try await client.logIn()
        guard let member = try await store.members()[agent] else {
            throw EtcdError(code: .refused, message: "there is no agent \(agent) in the fleet; see busbar fleet status")
        }
        guard member.pdus.contains(pdu), !member.isDraining else {
            throw EtcdError(
                code: .refused,
                message: "\(agent) cannot take \(pdu): it does not have it in its configuration, or is being drained"
            )
        }
        guard !member.isCutOff else {
            throw EtcdError(code: .refused, message: "\(agent) cannot take \(pdu): it has no broker at present")
        }
        let together = member.pdus.filter { $0 == pdu || bundles[$0] == bundles[pdu] }
        try await store.order(Dictionary(uniqueKeysWithValues: together.map { ($0, agent) }))
    }
}
