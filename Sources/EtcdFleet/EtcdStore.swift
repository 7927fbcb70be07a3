import Agent
import Foundation
import Logging
import Power
import Synchronization

/// The fleet's keys in etcd.
///
/// | key below the prefix | holds | lives |
/// | --- | --- | --- |
/// | `fleet` | the base topic and the format of all this | for ever |
/// | `agent/AGENT` | what the agent is and can take | with the agent's lease |
/// | `roster/AGENT/N` | the names of its PDUs | with the agent's lease |
/// | `owner/PDU` | who owns it, since when; its create revision is the epoch | with the owner's lease |
/// | `order/move/PDU`, `order/drain/INSTANCE` | where a PDU is wanted; which process is to hand everything over | a minute; a day |
/// | `request/PDU/ID`, `reply/ID` | what an agent asks the owner of a PDU for, and the answer | until it is answered; 12 minutes |
/// | `fence/PDU` | how long a successor waits before it writes | for ever |
/// | `turn/PDU/journal`, `turn/PDU/notes` | which change of the journal, and which note, was the last | for ever |
/// | `journal/PDU/…` | entries, answers, memories, notes; entries of loads that it feeds | until they are done with |
final class EtcdStore: OwnershipStore {
    /// The format of the keys. An agent that finds a later one does not join.
    static let format = 1
    /// How many bytes of names are in one key of the roster. etcd takes 1.5 MiB with a request.
    private static let rosterSize = 250_000
    /// How many keys are read at once.
    private static let page = 5000
    /// How many PDUs are claimed, read, and given up by one transaction: etcd takes 128 operations, and these are one, four and
    /// two for each PDU.
    static let claimed = 100
    static let read = 30
    static let released = 40
    /// How many keys of each PDU's journal are read with those of others.
    private static let readKeys = 100
    /// How many values of owners' keys are kept.
    private static let keptRecords = 2000
    /// How many keys are put by one transaction.
    static let putTogether = 100
    /// How often, and after which pause, it is waited for what the watch tells before every owner is read again.
    private static let looks = 3
    private static let lookPause = Duration.milliseconds(300)
    /// How long an answer can be given again; what is older is left out when it is read.
    private static let answerMemory: TimeInterval = 600
    /// How long etcd keeps an answer.
    private static let answerLease = 720
    /// How long new answers share a lease.
    private static let answerLeaseUse = Duration.seconds(60)

    private struct AgentRecord: Codable {
        var agent: String
        var instance: String
        var version: String
        var format: Int
        var since: String
        var preference: Int
        var capacity: Int
        var pdus: Int
        /// What the names of its PDUs come to: who has the same ones need not read them.
        var roster: String?
        var isDraining: Bool?
        var isCutOff: Bool?
        var sessions: Int?

        private enum CodingKeys: String, CodingKey {
            case agent, instance, version, format, since, preference, capacity, pdus, roster, sessions
            case isDraining = "draining"
            case isCutOff = "cut_off"
        }
    }

    private struct OwnerRecord: Codable {
        var agent: String
        var since: String
        var instance: String
    }

    private struct FleetRecord: Codable {
        var baseTopic: String
        var format: Int

        private enum CodingKeys: String, CodingKey {
            case baseTopic = "base_topic"
            case format
        }
    }

    private struct RequestRecord: Codable {
        var request: OwnerRequest
        /// The process that has taken it up.
        var taker: String?
    }

    private struct FenceRecord: Codable {
        /// How long a successor waits before it writes.
        var milliseconds: Int64

        private enum CodingKeys: String, CodingKey { case milliseconds = "wait_ms" }

        /// Whole milliseconds, and never less than the wait.
        init(_ wait: Duration) {
            milliseconds = Int64((max(.zero, wait) / .milliseconds(1)).rounded(.up))
        }
    }

    /// Which transaction of a kind comes next in a tenure. A request that was given up can still be carried out, seconds later:
    /// a member that was frozen reads it from its socket, and sends it to the new leader. So each transaction compares that the
    /// one before it was the last, and one that comes late changes nothing.
    private struct Turn {
        var number: UInt64 = 0
        /// The revision of the last one.
        var revision: Int64 = 0
    }

    private enum TurnKind: String, CaseIterable { case journal, notes }

    /// The names of an agent's PDUs, and what they come to.
    private struct Roster {
        var pdus: Set<PDUName> = []
        var sum = ""

        init(_ pdus: Set<PDUName>) {
            self.pdus = pdus
            sum = OwnershipBook.sum(of: pdus)
        }
    }

    /// Every owner, as it was at a revision of etcd or later.
    private struct Owners {
        var all: [PDUName: OwnershipBook.Owner] = [:]
        /// What was made later than this is not in it, unless the watch has told.
        var revision: Int64
        /// What was deleted later than this, as the watch has told.
        var deleted: [PDUName: Int64] = [:]

        mutating func add(_ pdu: PDUName, _ owner: OwnershipBook.Owner) {
            guard deleted[pdu, default: 0] < owner.epoch, all[pdu]?.epoch ?? 0 < owner.epoch else { return }
            all[pdu] = owner
        }

        mutating func remove(_ pdu: PDUName, at revision: Int64) {
            deleted[pdu] = max(revision, deleted[pdu] ?? 0)
            if let owner = all[pdu], owner.epoch < revision { all[pdu] = nil }
        }

        mutating func reached(_ revision: Int64) {
            self.revision = max(self.revision, revision)
            deleted = deleted.filter { $0.value > revision }
        }
    }

    private struct State {
        var turns: [String: Turn] = [:]
        var lease: String? { didSet { if lease == nil { leaseEnd = nil } } }
        var leaseEnd: ContinuousClock.Instant?
        var since = ""
        /// This agent's own PDUs, and how many keys of which roster are in etcd.
        var roster = Roster([])
        var written: (sum: String, keys: Int)?
        /// The rosters of other agents that were read.
        var rosters: [String: Roster] = [:]
        var owners: Owners?
        /// Values of owners' keys that were read: what one transaction claims has the same.
        var ownerRecords: [Data: OwnerRecord] = [:]
        var answers: (lease: String, since: ContinuousClock.Instant)?
        var cluster: String?
        var revision: Int64 = 0
    }

    private let client: EtcdClient
    private let configuration: EtcdConfiguration
    let instance: String
    private let timekeeper: any Timekeeper
    private let logger: Logger
    private let state = Mutex(State())

    init(_ configuration: EtcdConfiguration, client: EtcdClient, timekeeper: any Timekeeper, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.timekeeper = timekeeper
        self.logger = logger
        instance = String(UInt64.random(in: .min ... .max), radix: 36)
    }

    private func key(_ path: String) -> String { "\(configuration.prefix)/\(path)" }
    private func ownerKey(_ pdu: PDUName) -> String { key("owner/\(pdu)") }
    private func fenceKey(_ pdu: PDUName) -> String { key("fence/\(pdu)") }
    private func journalKey(_ pdu: PDUName) -> String { key("journal/\(pdu)/") }
    private func turnKey(_ pdu: PDUName, _ kind: TurnKind) -> String { key("turn/\(pdu)/\(kind.rawValue)") }

    // MARK: - Being a member

    func join(_ member: OwnershipBook.Member) async throws(EtcdError) {
        try await client.logIn()
        try await checkFleet()
        let ttl = configuration.ttl.components.seconds
        let lease = try await client.ask("/v3/lease/grant", Etcd.LeaseRequest(TTL: String(ttl)), Etcd.LeaseAnswer.self)
        guard let id = lease.answer.ID else { throw EtcdError(code: .refused, message: "etcd grants no lease") }
        note(lease.answer.header)
        let since = RFC3339.text(timekeeper.wallTime)
        let mine = key("agent/\(configuration.agent)")
        let transaction = Etcd.Transaction(
            compare: [.created(mine, at: 0)],
            success: [.put(Etcd.Put(mine, Self.data(record(member, roster(of: member), since)), lease: id))],
            failure: [.range(Etcd.Range(mine))]
        )
        let answer = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer
        guard answer.hasSucceeded else {
            let other = answer.pair(0)
            let record = other.flatMap { try? JSONDecoder().decode(AgentRecord.self, from: $0.contents) }
            await revoke(id)
            throw EtcdError(
                code: .refused,
                message:
                    "an agent with the id \(configuration.agent) is in the fleet already, since \(record?.since ?? "?"); "
                    + "it may be this one's process before, which leaves when its lease ends, or two agents have one id"
            )
        }
        state.withLock { state in
            state.lease = id
            state.leaseEnd = lease.asked + configuration.ttl
            state.since = since
            state.written = nil
        }
        try await writeRoster(lease: id)
    }

    /// The agent's own roster; what it comes to is found out once for the same PDUs.
    private func roster(of member: OwnershipBook.Member) -> Roster {
        let before = state.withLock(\.roster)
        guard before.pdus != member.pdus || before.sum.isEmpty else { return before }
        let roster = Roster(member.pdus)
        state.withLock { $0.roster = roster }
        return roster
    }

    /// One prefix is one fleet's, of one base topic; and all of its agents have to mean the same by its keys.
    private func checkFleet() async throws(EtcdError) {
        let name = key("fleet")
        let mine = FleetRecord(baseTopic: configuration.baseTopic, format: Self.format)
        let transaction = Etcd.Transaction(
            compare: [.created(name, at: 0)],
            success: [.put(Etcd.Put(name, Self.data(mine)))],
            failure: [.range(Etcd.Range(name))]
        )
        let answer = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer
        note(answer.header)
        guard !answer.hasSucceeded else { return }
        let found = answer.pair(0)
        guard let fleet = found.flatMap({ try? JSONDecoder().decode(FleetRecord.self, from: $0.contents) }) else {
            throw EtcdError(
                code: .foreign,
                message: "etcd: the key \(name) is none of a fleet; choose another fleet.prefix"
            )
        }
        guard fleet.baseTopic == configuration.baseTopic else {
            throw EtcdError(
                code: .foreign,
                message:
                    "etcd: the fleet at \(configuration.prefix) has the base topic \"\(fleet.baseTopic)\" and this agent "
                    + "\"\(configuration.baseTopic)\"; two fleets need two prefixes"
            )
        }
        guard fleet.format == Self.format else {
            throw EtcdError(
                code: .foreign,
                message:
                    "etcd: the fleet at \(configuration.prefix) has format \(fleet.format), and this version of Busbar "
                    + "(\(configuration.version)) format \(Self.format); bring all agents to one version"
            )
        }
    }

    private func record(_ member: OwnershipBook.Member, _ roster: Roster, _ since: String) -> AgentRecord {
        AgentRecord(
            agent: configuration.agent,
            instance: instance,
            version: configuration.version,
            format: Self.format,
            since: since,
            preference: member.preference,
            capacity: member.capacity,
            pdus: member.pdus.count,
            roster: roster.sum,
            isDraining: member.isDraining ? true : nil,
            isCutOff: member.isCutOff ? true : nil,
            sessions: member.sessions
        )
    }

    private func writeRoster(lease: String) async throws(EtcdError) {
        let (roster, written) = state.withLock { ($0.roster, $0.written) }
        guard written?.sum != roster.sum else { return }
        var chunks: [[String]] = [[]]
        var size = 0
        for name in roster.pdus.sorted().map(\.rawValue) {
            if size > Self.rosterSize {
                chunks.append([])
                size = 0
            }
            chunks[chunks.count - 1].append(name)
            size += name.utf8.count
        }
        let count = chunks.count
        for place in 0..<max(count, written?.keys ?? 0) {
            let name = key("roster/\(configuration.agent)/\(place)")
            let operation: Etcd.Operation =
                place < count ? .put(Etcd.Put(name, Self.data(chunks[place]), lease: lease)) : .delete(name)
            let transaction = Etcd.Transaction(compare: [], success: [operation])
            _ = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self)
        }
        state.withLock { $0.written = (roster.sum, count) }
    }

    func update(_ member: OwnershipBook.Member) async throws(EtcdError) {
        let (lease, since) = state.withLock { ($0.lease, $0.since) }
        guard let lease else { return }
        let record = record(member, roster(of: member), since)
        try await writeRoster(lease: lease)
        let mine = key("agent/\(configuration.agent)")
        let put = Etcd.Operation.put(Etcd.Put(mine, Self.data(record), lease: lease))
        _ = try await client.ask(
            "/v3/kv/txn",
            Etcd.Transaction(compare: [], success: [put]),
            Etcd.TransactionAnswer.self
        )
    }

    var memberUntil: ContinuousClock.Instant? { state.withLock(\.leaseEnd) }

    func renew() async throws(EtcdError) {
        guard let lease = state.withLock(\.lease) else { return }
        let answered = try await client.ask(
            "/v3/lease/keepalive",
            Etcd.LeaseRequest(ID: lease),
            Etcd.KeepAliveAnswer.self
        )
        note(answered.answer.result?.header)
        // A lease that is over has no time to live.
        let ttl = answered.answer.result?.TTL.flatMap { Int($0) } ?? 0
        state.withLock { state in
            guard state.lease == lease else { return }
            if ttl > 0 { state.leaseEnd = answered.asked + .seconds(ttl) } else { state.lease = nil }
        }
    }

    func leave() async {
        let lease = state.withLock { state in
            defer { state.lease = nil }
            return state.lease
        }
        if let lease { await revoke(lease) }
    }

    private func revoke(_ lease: String) async {
        do throws(EtcdError) {
            _ = try await client.ask("/v3/lease/revoke", Etcd.LeaseRequest(ID: lease), Etcd.Nothing.self)
        } catch {
            logger.debug("etcd: a lease could not be revoked; it ends by itself", metadata: ["error": "\(error)"])
        }
    }

    /// Notices that etcd is not the one that it was: its revisions never go back.
    private func note(_ header: Etcd.Header?) {
        guard let header, let cluster = header.cluster_id else { return }
        let before = state.withLock { state in
            defer { state.cluster = cluster }
            return state.cluster
        }
        guard let before, before != cluster else { return }
        logger.error(
            "etcd is another cluster than before, as after a restore from a backup; nothing that was owned counts any more",
            metadata: ["before": "\(before)", "now": "\(cluster)"]
        )
        state.withLock { state in
            state.lease = nil
            state.owners = nil
        }
    }

    // MARK: - Who owns what

    func members() async throws(EtcdError) -> [String: OwnershipBook.Member] {
        var members: [String: OwnershipBook.Member] = [:]
        for pair in try await all(below: key("agent/")).pairs {
            guard let (name, member) = try await member(pair) else { continue }
            members[name] = member
        }
        return members
    }

    /// Every owner. Of tens of thousands only those are read that are new since the last look; how many there are tells
    /// whether one has gone that the watch has not told of.
    func owners() async throws(EtcdError) -> [PDUName: OwnershipBook.Owner] {
        let prefix = key("owner/")
        var looks = 0
        while let seen = state.withLock(\.owners)?.revision, looks < Self.looks {
            if looks > 0 { await timekeeper.sleep(until: timekeeper.now + Self.lookPause) }
            looks += 1
            var new = Etcd.Range(prefix: prefix, limit: Self.page)
            new.min_create_revision = String(seen + 1)
            var count = Etcd.Range(prefix: prefix)
            count.count_only = true
            let transaction = Etcd.Transaction(compare: [], success: [.range(new), .range(count)])
            let answer = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer
            note(answer.header)
            // Revisions go back where etcd was put back to an earlier state: what is new since cannot be told then.
            guard let found = answer.range(0), let number = answer.range(1)?.count.flatMap({ Int($0) }),
                found.more != true, answer.revision >= seen
            else { break }
            let known = (found.kvs ?? []).compactMap(owner)
            let all = state.withLock { state -> [PDUName: OwnershipBook.Owner]? in
                for (pdu, owner) in known { state.owners?.add(pdu, owner) }
                state.owners?.reached(answer.revision)
                return state.owners.flatMap { $0.all.count == number ? $0.all : nil }
            }
            if let all { return all }
        }
        let (pairs, revision) = try await all(below: prefix)
        var owners = Owners(revision: revision)
        for (pdu, owner) in pairs.compactMap(owner) { owners.add(pdu, owner) }
        state.withLock { state in
            owners.deleted = state.owners?.deleted ?? [:]
            for (pdu, at) in owners.deleted { owners.remove(pdu, at: at) }
            state.owners = owners
        }
        return owners.all
    }

    func orders() async throws(EtcdError) -> FleetOrders {
        var orders = FleetOrders()
        for pair in try await all(below: key("order/")).pairs {
            let words = String(decoding: pair.contents, as: UTF8.self)
            if let pdu = rest(pair.name, after: "order/move/").flatMap({ PDUName($0) }) { orders.moves[pdu] = words }
            if let instance = rest(pair.name, after: "order/drain/") { orders.drained.insert(instance) }
        }
        return orders
    }

    func order(_ moves: [PDUName: String]) async throws(EtcdError) {
        try await put(moves.map { ("order/move/\($0)", $1) }, seconds: 60)
    }

    /// Has a process hand everything over.
    func drain(instance: String, agent: String) async throws(EtcdError) {
        try await put([("order/drain/\(instance)", agent)], seconds: 86_400)
    }

    private func put(_ values: [(name: String, value: String)], seconds: Int) async throws(EtcdError) {
        let request = Etcd.LeaseRequest(TTL: String(seconds))
        let lease = try await client.ask("/v3/lease/grant", request, Etcd.LeaseAnswer.self).answer.ID
        let puts = values.map { Etcd.Operation.put(Etcd.Put(key($0.name), Data($0.value.utf8), lease: lease)) }
        for some in puts.parts(of: Self.putTogether) {
            let transaction = Etcd.Transaction(compare: [], success: some)
            _ = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self)
        }
    }

    /// When an agent joined and an owner won, by the names of their keys.
    func times() async throws(EtcdError) -> [String: String] {
        struct Since: Decodable { var since: String }
        var times: [String: String] = [:]
        for prefix in ["agent/", "owner/"] {
            for pair in try await all(below: key(prefix)).pairs {
                guard let since = try? JSONDecoder().decode(Since.self, from: pair.contents).since else { continue }
                times[String(pair.name.dropFirst(configuration.prefix.count + 1))] = since
            }
        }
        return times
    }

    /// A page of keys. One that a busy etcd does not give in time is asked for again, so that those before it are not lost.
    private func page(_ range: Etcd.Range) async throws(EtcdError) -> Etcd.RangeAnswer {
        var tries = 0
        while true {
            do throws(EtcdError) {
                return try await client.ask("/v3/kv/range", range, Etcd.RangeAnswer.self).answer
            } catch {
                tries += 1
                guard tries < Self.pageTries, error.code == .unavailable, !Task.isCancelled else { throw error }
            }
        }
    }

    private static let pageTries = 3

    /// Every key below a prefix, and the revision at which the first of them was read.
    private func all(below prefix: String) async throws(EtcdError) -> (pairs: [Etcd.KeyValue], revision: Int64) {
        var found: [Etcd.KeyValue] = []
        var revision: Int64?
        var range = Etcd.Range(prefix: prefix, limit: Self.page)
        while true {
            let answer = try await page(range)
            note(answer.header)
            found += answer.kvs ?? []
            revision = revision ?? answer.header?.revision.flatMap { Int64($0) }
            guard answer.more == true, let last = answer.kvs?.last else { return (found, revision ?? 0) }
            range.key = last.key + Data([0])
        }
    }

    private func member(_ pair: Etcd.KeyValue) async throws(EtcdError) -> (String, OwnershipBook.Member)? {
        guard let name = rest(pair.name, after: "agent/"),
            let record = try? JSONDecoder().decode(AgentRecord.self, from: pair.contents)
        else { return nil }
        let pdus = try await roster(of: name, record)
        let member = OwnershipBook.Member(
            instance: record.instance,
            pdus: pdus,
            preference: record.preference,
            capacity: record.capacity,
            isDraining: record.isDraining ?? false,
            isCutOff: record.isCutOff ?? false,
            sessions: record.sessions ?? 0,
            isWhole: pdus.count >= record.pdus
        )
        return (name, member)
    }

    /// The PDUs of an agent, or those of them that are in etcd yet. They are read where no roster that is known comes to the
    /// same.
    private func roster(of name: String, _ record: AgentRecord) async throws(EtcdError) -> Set<PDUName> {
        let (own, known) = state.withLock { ($0.roster, $0.rosters[name]) }
        if let sum = record.roster {
            if sum == own.sum { return own.pdus }
            if sum == known?.sum, let known { return known.pdus }
        }
        var pdus: Set<PDUName> = []
        for pair in try await all(below: key("roster/\(name)/")).pairs {
            let names = (try? JSONDecoder().decode([String].self, from: pair.contents)) ?? []
            pdus.formUnion(names.compactMap { PDUName($0) })
        }
        let roster = Roster(pdus)
        state.withLock { $0.rosters[name] = roster }
        return pdus
    }

    private func owner(_ pair: Etcd.KeyValue) -> (PDUName, OwnershipBook.Owner)? {
        guard let pdu = rest(pair.name, after: "owner/").flatMap({ PDUName($0) }),
            let record = ownerRecord(pair.contents)
        else { return nil }
        return (pdu, OwnershipBook.Owner(agent: record.agent, instance: record.instance, epoch: pair.epoch))
    }

    private func ownerRecord(_ contents: Data) -> OwnerRecord? {
        if let known = state.withLock({ $0.ownerRecords[contents] }) { return known }
        guard let record = try? JSONDecoder().decode(OwnerRecord.self, from: contents) else { return nil }
        state.withLock { state in
            if state.ownerRecords.count >= Self.keptRecords { state.ownerRecords = [:] }
            state.ownerRecords[contents] = record
        }
        return record
    }

    private func rest(_ name: String, after path: String) -> String? {
        let prefix = key(path)
        return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }

    func watch(_ body: @escaping @Sendable ([StoreHint]) async -> Void) async throws(EtcdError) {
        // The journals of all PDUs are of no interest, so each kind of key is watched for itself.
        let prefixes = [key("agent/"), key("roster/"), key("owner/"), key("order/"), key("request/"), key("reply/")]
        let failure = await withTaskGroup(of: EtcdError?.self) { group in
            for prefix in prefixes {
                group.addTask {
                    do throws(EtcdError) {
                        try await self.client.watch(prefix: prefix) { events in
                            await body(events.map { self.hint($0) })
                        }
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        if let failure { throw failure }
    }

    private func hint(_ event: Etcd.WatchAnswer.Event) -> StoreHint {
        let name = event.kv.name
        if event.type == "DELETE" {
            if let pdu = rest(name, after: "owner/").flatMap({ PDUName($0) }) {
                state.withLock { $0.owners?.remove(pdu, at: event.kv.changed) }
                return .noOwner(pdu)
            }
            if let agent = rest(name, after: "agent/") { return .memberLeft(agent) }
            if let id = rest(name, after: "reply/") { return .answered(id) }
            return rest(name, after: "request/") == nil ? .other : .asked
        }
        if rest(name, after: "request/") != nil { return .asked }
        if let id = rest(name, after: "reply/") { return .answered(id) }
        if let (pdu, owner) = owner(event.kv) {
            state.withLock { $0.owners?.add(pdu, owner) }
            return .owner(pdu, owner)
        }
        return .other
    }

    // MARK: - Owning

    func claim(_ pdus: [PDUName]) async throws(EtcdError) -> (
        won: [WonClaim], owned: [PDUName: OwnershipBook.Owner]
    ) {
        guard let lease = state.withLock(\.lease) else { return ([], [:]) }
        var won: [WonClaim] = []
        var owned: [PDUName: OwnershipBook.Owner] = [:]
        for some in pdus.parts(of: Self.claimed) {
            var left = some
            while !left.isEmpty {
                let answer = try await claimTogether(left, lease: lease)
                won += answer.won
                owned.merge(answer.owned) { _, last in last }
                left = answer.free
            }
        }
        return (won, owned)
    }

    /// Makes this agent the owner of all of these PDUs, or of none if one of them has an owner.
    ///
    /// - Returns: what is this agent's, now or by an earlier try, what has no owner and is not claimed, and who owns the rest.
    private func claimTogether(
        _ pdus: [PDUName],
        lease: String
    ) async throws(EtcdError) -> (won: [WonClaim], free: [PDUName], owned: [PDUName: OwnershipBook.Owner]) {
        let record = Self.data(
            OwnerRecord(agent: configuration.agent, since: RFC3339.text(timekeeper.wallTime), instance: instance)
        )
        let transaction = Etcd.Transaction(
            compare: pdus.map { .created(ownerKey($0), at: 0) },
            success: pdus.map { .put(Etcd.Put(ownerKey($0), record, lease: lease)) },
            failure: pdus.map { .range(Etcd.Range(ownerKey($0))) }
        )
        let answer = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer
        let at = ContinuousClock.now
        note(answer.header)
        var won: [WonClaim] = []
        var free: [PDUName] = []
        var owned: [PDUName: OwnershipBook.Owner] = [:]
        for (place, pdu) in pdus.enumerated() {
            var epoch = answer.revision
            var value = record
            if !answer.hasSucceeded {
                guard let pair = answer.pair(place) else {
                    free.append(pdu)
                    continue
                }
                // An earlier try whose answer was lost may have won.
                guard let (_, owner) = self.owner(pair) else { continue }
                guard pair.lease == lease, owner.instance == instance else {
                    // The watch may have told of the end of this owner already.
                    let isLast = state.withLock { state in
                        state.owners?.add(pdu, owner)
                        return state.owners?.all[pdu] == owner
                    }
                    if isLast { owned[pdu] = owner }
                    continue
                }
                (epoch, value) = (pair.epoch, pair.contents)
            }
            won.append(WonClaim(pdu: pdu, epoch: epoch, record: value, at: at))
        }
        return (won, free, owned)
    }

    private func proof(_ claim: WonClaim) -> [Etcd.Compare] {
        let name = ownerKey(claim.pdu)
        return [.created(name, at: claim.epoch), .value(name, is: claim.record)]
    }

    /// Makes a transaction that comes after the one of its kind before, or not at all.
    ///
    /// - Returns: when it was asked for; nothing when one of the PDUs is not this agent's any more.
    private func inTurn(
        _ kind: TurnKind,
        of claims: [WonClaim],
        _ operations: [Etcd.Operation]
    ) async throws(EtcdError) -> ContinuousClock.Instant? {
        let name = turnKey(claims[0].pdu, kind)
        let own = state.withLock { state in
            state.turns[name, default: Turn()].number += 1
            return Data("\(instance)/\(state.turns[name]?.number ?? 0)".utf8)
        }
        // What was given up before can still be carried out between two tries, and each one only once.
        for _ in 0..<Self.maximumTurns {
            let last = state.withLock { $0.turns[name]?.revision ?? 0 }
            let transaction = Etcd.Transaction(
                compare: claims.flatMap(proof) + [.changed(name, at: last)],
                success: operations + [.put(Etcd.Put(name, own))],
                failure: [.range(Etcd.Range(name))] + claims.map { .range(Etcd.Range(ownerKey($0.pdu))) }
            )
            let answered = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self)
            let answer = answered.answer
            note(answer.header)
            if answer.hasSucceeded {
                state.withLock { $0.turns[name]?.revision = answer.revision }
                return answered.asked
            }
            for (place, claim) in claims.enumerated() {
                let owner = answer.pair(place + 1)
                guard owner?.epoch == claim.epoch, owner?.contents == claim.record else { return nil }
            }
            let found = answer.pair(0)
            state.withLock { $0.turns[name]?.revision = found?.changed ?? 0 }
            // An earlier try whose answer was lost has done it.
            if found?.contents == own { return answered.asked }
        }
        throw EtcdError(code: .unavailable, message: "etcd: others change \(name) all the time")
    }

    /// How often a transaction is made anew because one before it was carried out meanwhile.
    private static let maximumTurns = 100

    func confirm(
        _ tenures: [(claim: WonClaim, writeTime: Duration)],
        notes: [OutletNumber: WriteNote]
    ) async throws(EtcdError) -> ContinuousClock.Instant? {
        var operations = tenures.map { claim, writeTime in
            Etcd.Operation.put(Etcd.Put(fenceKey(claim.pdu), Self.data(FenceRecord(writeTime))))
        }
        for (number, note) in notes {
            operations.append(.put(Etcd.Put(journalKey(tenures[0].claim.pdu) + "note/\(number)", Self.data(note))))
        }
        return try await inTurn(.notes, of: tenures.map(\.claim), operations)
    }

    func release(_ given: [(claim: WonClaim, wait: Duration?)]) async throws(EtcdError) {
        for some in given.parts(of: Self.released) {
            guard try await !releaseTogether(some), some.count > 1 else { continue }
            // One of them is this agent's no more. The others are still given up.
            for one in some { _ = try await releaseTogether([one]) }
        }
    }

    private func releaseTogether(_ given: [(claim: WonClaim, wait: Duration?)]) async throws(EtcdError) -> Bool {
        var operations: [Etcd.Operation] = []
        for (claim, wait) in given {
            operations.append(.delete(ownerKey(claim.pdu)))
            guard let wait else { continue }
            operations.append(.put(Etcd.Put(fenceKey(claim.pdu), Self.data(FenceRecord(wait)))))
        }
        let transaction = Etcd.Transaction(compare: given.flatMap { proof($0.claim) }, success: operations)
        return try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer.hasSucceeded
    }

    // MARK: - Asking owners

    private func requestKey(_ pdu: String, _ id: String) -> String { key("request/\(pdu)/\(id)") }
    private func replyKey(_ id: String) -> String { key("reply/\(id)") }

    func ask(_ request: OwnerRequest, id: String) async throws(EtcdError) {
        let ttl = Int(request.lifetime.components.seconds)
        let lease = try await client.ask("/v3/lease/grant", Etcd.LeaseRequest(TTL: "\(ttl)"), Etcd.LeaseAnswer.self)
        let record = Self.data(RequestRecord(request: request))
        let put = Etcd.Put(requestKey(request.pdu, id), record, lease: lease.answer.ID)
        // A try that was given up may be carried out late: not when it was answered or taken back by then.
        let transaction = Etcd.Transaction(compare: [.created(replyKey(id), at: 0)], success: [.put(put)])
        _ = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self)
    }

    func requests() async throws(EtcdError) -> [AskedRequest] {
        let pairs = try await all(below: key("request/")).pairs.sorted { $0.epoch < $1.epoch }
        return pairs.compactMap { pair in
            let parts = rest(pair.name, after: "request/")?.split(separator: "/") ?? []
            guard parts.count == 2, let pdu = PDUName(String(parts[0])),
                let record = try? JSONDecoder().decode(RequestRecord.self, from: pair.contents)
            else { return nil }
            return AskedRequest(
                id: String(parts[1]),
                pdu: pdu,
                request: record.request,
                taker: record.taker,
                record: pair.contents,
                lease: pair.lease
            )
        }
    }

    func take(_ request: AskedRequest, of claim: WonClaim) async throws(EtcdError) -> AskedRequest? {
        let name = requestKey(request.pdu.rawValue, request.id)
        let record = Self.data(RequestRecord(request: request.request, taker: instance))
        let transaction = Etcd.Transaction(
            compare: proof(claim) + [.value(name, is: request.record)],
            success: [.put(Etcd.Put(name, record, lease: request.lease))],
            failure: [.range(Etcd.Range(name))]
        )
        let answer = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer
        // An earlier try whose answer was lost may have taken it.
        let found = answer.pair(0)?.contents
        guard answer.hasSucceeded || found == record else { return nil }
        return AskedRequest(
            id: request.id,
            pdu: request.pdu,
            request: request.request,
            taker: instance,
            record: record,
            lease: request.lease
        )
    }

    func answer(_ request: AskedRequest, _ answer: OwnerAnswer, of claim: WonClaim) async throws(EtcdError) {
        let name = requestKey(request.pdu.rawValue, request.id)
        let reply = Etcd.Put(replyKey(request.id), Self.data(answer), lease: try await leaseOfAnswers())
        let transaction = Etcd.Transaction(
            compare: proof(claim) + [.value(name, is: request.record)],
            success: [.delete(name), .put(reply)]
        )
        _ = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self)
    }

    func reply(to id: String) async throws(EtcdError) -> OwnerAnswer? {
        let range = Etcd.Range(replyKey(id))
        let found = try await client.ask("/v3/kv/range", range, Etcd.RangeAnswer.self).answer.kvs?.first
        return found.flatMap { try? JSONDecoder().decode(OwnerAnswer.self, from: $0.contents) }
    }

    func withdraw(id: String, pdu: String) async throws(EtcdError) -> Bool {
        let name = requestKey(pdu, id)
        let range = try await client.ask("/v3/kv/range", Etcd.Range(name), Etcd.RangeAnswer.self)
        var compare = [Etcd.Compare.created(replyKey(id), at: 0)]
        if let pair = range.answer.kvs?.first {
            let record = try? JSONDecoder().decode(RequestRecord.self, from: pair.contents)
            guard record?.taker == nil else { return false }
            compare.append(.value(name, is: pair.contents))
        } else {
            compare.append(.created(name, at: 0))
        }
        // An empty answer is nobody's, and keeps a try of the request that is carried out late from being found.
        let taken = Etcd.Put(replyKey(id), Data(), lease: try await leaseOfAnswers())
        let transaction = Etcd.Transaction(compare: compare, success: [.delete(name), .put(taken)])
        return try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer.hasSucceeded
    }

    // MARK: - The journal

    func load(_ pdus: [PDUName]) async throws(EtcdError) -> [PDUName: LeftWork] {
        var found: [PDUName: LeftWork] = [:]
        for some in pdus.parts(of: Self.read) {
            let ranges = some.flatMap { pdu in
                [
                    Etcd.Range(prefix: journalKey(pdu), limit: Self.readKeys), Etcd.Range(ownerKey(pdu)),
                    Etcd.Range(fenceKey(pdu)), Etcd.Range(prefix: key("turn/\(pdu)/")),
                ]
            }
            let transaction = Etcd.Transaction(compare: [], success: ranges.map { .range($0) })
            let answer = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer
            for (place, pdu) in some.enumerated() {
                guard let range = answer.range(4 * place) else {
                    throw EtcdError(code: .refused, message: "etcd: \(journalKey(pdu)) was not read")
                }
                let pairs = range.more == true ? try await all(below: journalKey(pdu)).pairs : range.kvs ?? []
                var left = work(left: pairs, of: pdu)
                left.tenure = answer.pair(4 * place + 1).map { ($0.epoch, $0.contents) }
                left.wait = answer.pair(4 * place + 2)
                    .flatMap { try? JSONDecoder().decode(FenceRecord.self, from: $0.contents) }
                    .map { .milliseconds($0.milliseconds) }
                found[pdu] = left
                let turns = answer.range(4 * place + 3)?.kvs ?? []
                state.withLock { state in
                    for kind in TurnKind.allCases {
                        let name = turnKey(pdu, kind)
                        state.turns[name, default: Turn()].revision = turns.first { $0.name == name }?.changed ?? 0
                    }
                }
            }
        }
        return found
    }

    private func work(left pairs: [Etcd.KeyValue], of pdu: PDUName) -> LeftWork {
        var contents = JournalContents()
        var notes: [OutletNumber: WriteNote] = [:]
        let decoder = JSONDecoder()
        let oldest = timekeeper.wallTime - Self.answerMemory
        /// What cannot be read stays in the store: another version of the program may know it.
        func work<Entry: Decodable>(_ pair: Etcd.KeyValue) -> Entry? {
            let entry = try? decoder.decode(Entry.self, from: pair.contents)
            if entry == nil {
                logger.error(
                    "the fleet's journal has an entry that cannot be read; it is left alone",
                    metadata: ["key": "\(pair.name)"]
                )
            }
            return entry
        }
        for pair in pairs {
            let parts = pair.name.dropFirst(journalKey(pdu).count).split(separator: "/")
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "entry":
                guard let entry: JournalEntry = work(pair) else { continue }
                contents.entries.append(entry)
                contents.lastTicket = max(contents.lastTicket, entry.ticket)
            case "answer":
                guard let entry = try? decoder.decode(JournalEntry.self, from: pair.contents),
                    let id = entry.command.id,
                    let result = entry.result, result.finishedAt > oldest
                else { continue }
                contents.answers.append(RecalledAnswer(outlet: entry.outlet, id: id, result: result))
                contents.lastTicket = max(contents.lastTicket, entry.ticket)
            case "load":
                guard let entry: LoadEntry = work(pair) else { continue }
                contents.loads.append(entry)
                contents.lastTicket = max(contents.lastTicket, entry.number)
            case "load-answer":
                guard let entry = try? decoder.decode(LoadEntry.self, from: pair.contents),
                    let result = entry.result, result.finishedAt > oldest
                else { continue }
                contents.loadAnswers.append(result)
                contents.lastTicket = max(contents.lastTicket, entry.number)
            case "group":
                guard let entry: GroupEntry = work(pair) else { continue }
                contents.groups.append(entry)
                contents.lastTicket = max(contents.lastTicket, entry.number)
            case "memory":
                guard let memory = try? decoder.decode(OutletMemory.self, from: pair.contents) else { continue }
                contents.memories.append(memory)
            case "note":
                guard let number = OutletNumber(topicLevel: parts[1]),
                    let note = try? decoder.decode(WriteNote.self, from: pair.contents)
                else { continue }
                notes[number] = note
            default: continue
            }
        }
        contents.entries.sort { $0.ticket < $1.ticket }
        contents.answers.sort { $0.result.finishedAt < $1.result.finishedAt }
        contents.loads.sort { $0.number < $1.number }
        contents.loadAnswers.sort { $0.finishedAt < $1.finishedAt }
        contents.groups.sort { $0.number < $1.number }
        return LeftWork(contents: contents, notes: notes)
    }

    func write(
        _ changes: [JournalChange],
        of claim: WonClaim,
        and others: [WonClaim]
    ) async throws(EtcdError) -> Bool {
        let base = journalKey(claim.pdu)
        var operations: [String: Etcd.Operation] = [:]
        for change in changes {
            switch change {
            case .entry(let entry):
                let name = base + "entry/\(entry.ticket)"
                operations[name] = .put(Etcd.Put(name, Self.data(entry)))
                guard entry.stage == .finished, entry.command.id != nil else { continue }
                let answer = base + "answer/\(entry.ticket)"
                operations[answer] = .put(Etcd.Put(answer, Self.data(entry), lease: try await leaseOfAnswers()))
            case .removal(let ticket):
                let name = base + "entry/\(ticket)"
                operations[name] = .delete(name)
            case .memory(let memory):
                let name = base + "memory/\(memory.outlet.outlet)"
                operations[name] = .put(Etcd.Put(name, Self.data(memory)))
            case .load(let entry):
                let record = Self.data(entry)
                for pdu in entry.pdus {
                    let name = journalKey(pdu) + "load/\(entry.number)"
                    // What has ended concerns only who has to tell it.
                    let isKept = entry.stage != .finished || pdu == claim.pdu
                    operations[name] = isKept ? .put(Etcd.Put(name, record)) : .delete(name)
                }
                guard entry.stage == .finished, entry.command.id != nil else { continue }
                let answer = base + "load-answer/\(entry.number)"
                operations[answer] = .put(Etcd.Put(answer, record, lease: try await leaseOfAnswers()))
            case .loadRemoval(let number, let pdus):
                for base in pdus.map(journalKey) + [base] {
                    let name = base + "load/\(number)"
                    operations[name] = .delete(name)
                }
            case .group(let entry):
                let name = base + "group/\(entry.number)"
                operations[name] = .put(Etcd.Put(name, Self.data(entry)))
            case .groupRemoval(let number):
                let name = base + "group/\(number)"
                operations[name] = .delete(name)
            }
        }
        let claims = [claim] + others
        guard operations.isEmpty else { return try await inTurn(.journal, of: claims, Array(operations.values)) != nil }
        let transaction = Etcd.Transaction(compare: claims.flatMap(proof), success: [])
        let answer = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer
        note(answer.header)
        return answer.hasSucceeded
    }

    /// A lease that outlives the ten minutes of the answers given now; etcd deletes them with it.
    private func leaseOfAnswers() async throws(EtcdError) -> String {
        let now = ContinuousClock.now
        if let answers = state.withLock(\.answers), answers.since + Self.answerLeaseUse > now { return answers.lease }
        let request = Etcd.LeaseRequest(TTL: String(Self.answerLease))
        let answer = try await client.ask("/v3/lease/grant", request, Etcd.LeaseAnswer.self).answer
        guard let lease = answer.ID else { throw EtcdError(code: .refused, message: "etcd grants no lease") }
        state.withLock { $0.answers = (lease, now) }
        return lease
    }

    private static func data(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing in these records is a number that JSON does not have.
        return (try? encoder.encode(value)) ?? Data("{}".utf8)
    }
}

extension Array {
    /// The same elements in arrays of at most so many.
    fileprivate func parts(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
