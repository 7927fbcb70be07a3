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
    /// How many names are in one key of the roster.
    private static let rosterChunk = 2000
    /// How many keys are read at once.
    private static let page = 5000
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
        var isDraining: Bool?
        var isCutOff: Bool?

        private enum CodingKeys: String, CodingKey {
            case agent, instance, version, format, since, preference, capacity, pdus
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

    private struct State {
        var turns: [String: Turn] = [:]
        var lease: String?
        var since = ""
        var rosterKeys = 0
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
            success: [.put(Etcd.Put(mine, Self.data(record(member, since)), lease: id))],
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
            state.since = since
            state.rosterKeys = 0
        }
        try await writeRoster(member, lease: id)
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

    private func record(_ member: OwnershipBook.Member, _ since: String) -> AgentRecord {
        AgentRecord(
            agent: configuration.agent,
            instance: instance,
            version: configuration.version,
            format: Self.format,
            since: since,
            preference: member.preference,
            capacity: member.capacity,
            pdus: member.pdus.count,
            isDraining: member.isDraining ? true : nil,
            isCutOff: member.isCutOff ? true : nil
        )
    }

    private func writeRoster(_ member: OwnershipBook.Member, lease: String) async throws(EtcdError) {
        let names = member.pdus.sorted().map(\.rawValue)
        let before = state.withLock(\.rosterKeys)
        let count = max(1, (names.count + Self.rosterChunk - 1) / Self.rosterChunk)
        for place in 0..<max(count, before) {
            let chunk = Array(names.dropFirst(place * Self.rosterChunk).prefix(Self.rosterChunk))
            let name = key("roster/\(configuration.agent)/\(place)")
            let operation: Etcd.Operation =
                place < count ? .put(Etcd.Put(name, Self.data(chunk), lease: lease)) : .delete(name)
            let transaction = Etcd.Transaction(compare: [], success: [operation])
            _ = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self)
        }
        state.withLock { $0.rosterKeys = count }
    }

    func update(_ member: OwnershipBook.Member) async throws(EtcdError) {
        let (lease, since) = state.withLock { ($0.lease, $0.since) }
        guard let lease else { return }
        try await writeRoster(member, lease: lease)
        let mine = key("agent/\(configuration.agent)")
        let put = Etcd.Operation.put(Etcd.Put(mine, Self.data(record(member, since)), lease: lease))
        _ = try await client.ask(
            "/v3/kv/txn",
            Etcd.Transaction(compare: [], success: [put]),
            Etcd.TransactionAnswer.self
        )
    }

    func renew() async throws(EtcdError) -> ContinuousClock.Instant? {
        guard let lease = state.withLock(\.lease) else { return nil }
        let answered = try await client.ask(
            "/v3/lease/keepalive",
            Etcd.LeaseRequest(ID: lease),
            Etcd.KeepAliveAnswer.self
        )
        note(answered.answer.result?.header)
        // A lease that is over has no time to live.
        guard let ttl = answered.answer.result?.TTL.flatMap({ Int($0) }), ttl > 0 else {
            state.withLock { $0.lease = nil }
            return nil
        }
        return answered.asked + .seconds(ttl)
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
        state.withLock { $0.lease = nil }
    }

    // MARK: - Who owns what

    func view() async throws(EtcdError) -> (
        members: [String: OwnershipBook.Member], owners: [PDUName: OwnershipBook.Owner]
    ) {
        var members: [String: OwnershipBook.Member] = [:]
        var counts: [String: Int] = [:]
        for pair in try await all(below: key("agent/")) {
            guard let (name, member, count) = member(pair) else { continue }
            members[name] = member
            counts[name] = count
        }
        for pair in try await all(below: key("roster/")) {
            guard let (name, pdus) = roster(pair) else { continue }
            members[name]?.pdus.formUnion(pdus)
        }
        for (name, count) in counts where members[name]?.pdus.count ?? 0 < count { members[name]?.isWhole = false }
        var owners: [PDUName: OwnershipBook.Owner] = [:]
        for pair in try await all(below: key("owner/")) {
            guard let (pdu, owner) = owner(pair) else { continue }
            owners[pdu] = owner
        }
        return (members, owners)
    }

    func orders() async throws(EtcdError) -> FleetOrders {
        var orders = FleetOrders()
        for pair in try await all(below: key("order/")) {
            let words = String(decoding: pair.contents, as: UTF8.self)
            if let pdu = rest(pair.name, after: "order/move/").flatMap({ PDUName($0) }) { orders.moves[pdu] = words }
            if let instance = rest(pair.name, after: "order/drain/") { orders.drained.insert(instance) }
        }
        return orders
    }

    func order(_ pdu: PDUName, to agent: String) async throws(EtcdError) {
        try await put("order/move/\(pdu)", agent, seconds: 60)
    }

    /// Has a process hand everything over.
    func drain(instance: String, agent: String) async throws(EtcdError) {
        try await put("order/drain/\(instance)", agent, seconds: 86_400)
    }

    private func put(_ name: String, _ value: String, seconds: Int) async throws(EtcdError) {
        let request = Etcd.LeaseRequest(TTL: String(seconds))
        let lease = try await client.ask("/v3/lease/grant", request, Etcd.LeaseAnswer.self).answer.ID
        let put = Etcd.Operation.put(Etcd.Put(key(name), Data(value.utf8), lease: lease))
        _ = try await client.ask(
            "/v3/kv/txn",
            Etcd.Transaction(compare: [], success: [put]),
            Etcd.TransactionAnswer.self
        )
    }

    /// When an agent joined and an owner won, by the names of their keys.
    func times() async throws(EtcdError) -> [String: String] {
        struct Since: Decodable { var since: String }
        var times: [String: String] = [:]
        for prefix in ["agent/", "owner/"] {
            for pair in try await all(below: key(prefix)) {
                guard let since = try? JSONDecoder().decode(Since.self, from: pair.contents).since else { continue }
                times[String(pair.name.dropFirst(configuration.prefix.count + 1))] = since
            }
        }
        return times
    }

    private func all(below prefix: String) async throws(EtcdError) -> [Etcd.KeyValue] {
        var found: [Etcd.KeyValue] = []
        var range = Etcd.Range(prefix: prefix, limit: Self.page)
        while true {
            let answer = try await client.ask("/v3/kv/range", range, Etcd.RangeAnswer.self).answer
            note(answer.header)
            found += answer.kvs ?? []
            guard answer.more == true, let last = answer.kvs?.last else { return found }
            range.key = last.key + Data([0])
        }
    }

    private func member(_ pair: Etcd.KeyValue) -> (name: String, member: OwnershipBook.Member, count: Int)? {
        guard let name = rest(pair.name, after: "agent/"),
            let record = try? JSONDecoder().decode(AgentRecord.self, from: pair.contents)
        else { return nil }
        let member = OwnershipBook.Member(
            instance: record.instance,
            preference: record.preference,
            capacity: record.capacity,
            isDraining: record.isDraining ?? false,
            isCutOff: record.isCutOff ?? false
        )
        return (name, member, record.pdus)
    }

    private func roster(_ pair: Etcd.KeyValue) -> (String, [PDUName])? {
        guard let rest = rest(pair.name, after: "roster/"), let name = rest.split(separator: "/").first,
            let pdus = try? JSONDecoder().decode([String].self, from: pair.contents)
        else { return nil }
        return (String(name), pdus.compactMap { PDUName($0) })
    }

    private func owner(_ pair: Etcd.KeyValue) -> (PDUName, OwnershipBook.Owner)? {
        guard let pdu = rest(pair.name, after: "owner/").flatMap({ PDUName($0) }),
            let record = try? JSONDecoder().decode(OwnerRecord.self, from: pair.contents)
        else { return nil }
        return (pdu, OwnershipBook.Owner(agent: record.agent, instance: record.instance, epoch: pair.epoch))
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
            if let pdu = rest(name, after: "owner/").flatMap({ PDUName($0) }) { return .noOwner(pdu) }
            if let agent = rest(name, after: "agent/") { return .memberLeft(agent) }
            if let id = rest(name, after: "reply/") { return .answered(id) }
            return rest(name, after: "request/") == nil ? .other : .asked
        }
        if rest(name, after: "request/") != nil { return .asked }
        if let id = rest(name, after: "reply/") { return .answered(id) }
        if let (pdu, owner) = owner(event.kv) { return .owner(pdu, owner) }
        return .other
    }

    // MARK: - Owning

    func claim(_ pdu: PDUName, writeTime: Duration) async throws(EtcdError) -> WonClaim? {
        guard let lease = state.withLock(\.lease) else { return nil }
        let name = ownerKey(pdu)
        let record = Self.data(
            OwnerRecord(agent: configuration.agent, since: RFC3339.text(timekeeper.wallTime), instance: instance)
        )
        let turns = TurnKind.allCases.map { turnKey(pdu, $0) }
        let looks = (turns + [fenceKey(pdu)]).map { Etcd.Operation.range(Etcd.Range($0)) }
        let transaction = Etcd.Transaction(
            compare: [.created(name, at: 0)],
            success: [.put(Etcd.Put(name, record, lease: lease))] + looks,
            failure: [.range(Etcd.Range(name))] + looks
        )
        let answer = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self).answer
        let at = ContinuousClock.now
        note(answer.header)
        state.withLock { state in
            for (place, turn) in turns.enumerated() {
                state.turns[turn, default: Turn()].revision = answer.pair(place + 1)?.changed ?? 0
            }
        }
        let found = answer.pair(looks.count)
        let wait = found.flatMap { try? JSONDecoder().decode(FenceRecord.self, from: $0.contents) }
            .map { Duration.milliseconds($0.milliseconds) }
        if answer.hasSucceeded {
            return WonClaim(pdu: pdu, epoch: answer.revision, record: record, wait: wait, at: at)
        }
        // An earlier try whose answer was lost may have won.
        guard let pair = answer.pair(0), pair.lease == lease,
            let owner = try? JSONDecoder().decode(OwnerRecord.self, from: pair.contents), owner.instance == instance
        else { return nil }
        return WonClaim(pdu: pdu, epoch: pair.epoch, record: pair.contents, wait: wait, at: at)
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
        _ claim: WonClaim,
        with lead: WonClaim?,
        notes: [OutletNumber: WriteNote],
        writeTime: Duration
    ) async throws(EtcdError) -> ContinuousClock.Instant? {
        let claims = [claim] + (lead.map { [$0] } ?? [])
        var operations = claims.map { claim in
            Etcd.Operation.put(Etcd.Put(fenceKey(claim.pdu), Self.data(FenceRecord(writeTime))))
        }
        for (number, note) in notes {
            operations.append(.put(Etcd.Put(journalKey(claim.pdu) + "note/\(number)", Self.data(note))))
        }
        return try await inTurn(.notes, of: claims, operations)
    }

    func release(_ claim: WonClaim, wait: Duration?) async throws(EtcdError) {
        var operations: [Etcd.Operation] = [.delete(ownerKey(claim.pdu))]
        if let wait {
            operations.append(.put(Etcd.Put(fenceKey(claim.pdu), Self.data(FenceRecord(wait)))))
        }
        let transaction = Etcd.Transaction(compare: proof(claim), success: operations)
        _ = try await client.ask("/v3/kv/txn", transaction, Etcd.TransactionAnswer.self)
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
        let pairs = try await all(below: key("request/")).sorted { $0.epoch < $1.epoch }
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

    func load(_ pdu: PDUName) async throws(EtcdError) -> (JournalContents, [OutletNumber: WriteNote]) {
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
        for pair in try await all(below: journalKey(pdu)) {
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
        return (contents, notes)
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
