import Foundation
import LocalServices
import Logging
import Power
import TestSupport
import Testing

@testable import Agent
@testable import EtcdFleet

@Suite("The fleet's store in a real etcd", .timeLimit(.minutes(10)))
struct EtcdTests {
    private let pdu = PDUName("rack") ?? { fatalError("a valid name") }()
    private let first = OutletNumber(1) ?? { fatalError("a valid number") }()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func run(_ configuration: EtcdCluster.Configuration = .init(), body: (EtcdCluster) async throws -> Void)
        async throws
    {
        let etcd = try await EtcdCluster.start(configuration)
        do {
            try await body(etcd)
        } catch {
            await etcd.kill()
            throw error
        }
        await etcd.kill()
    }

    private func configuration(_ agent: String, _ etcd: EtcdCluster) -> EtcdConfiguration {
        var configuration = EtcdConfiguration(
            endpoints: etcd.endpoints,
            prefix: "/busbar/test",
            ttl: .seconds(600),
            agent: agent,
            version: "1",
            baseTopic: "lab"
        )
        // A slow machine is no dead member.
        configuration.attempt = .seconds(20)
        configuration.patience = .seconds(60)
        return configuration
    }

    private func store(_ agent: String, _ etcd: EtcdCluster, change: (inout EtcdConfiguration) -> Void = { _ in })
        throws -> EtcdStore
    {
        var configuration = configuration(agent, etcd)
        change(&configuration)
        return EtcdStore(
            configuration,
            client: try EtcdClient(configuration, logger: logger),
            timekeeper: SystemTimekeeper(),
            logger: logger
        )
    }

    private var member: OwnershipBook.Member { OwnershipBook.Member(instance: "", pdus: [pdu]) }

    private func failure(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private struct Anything: Decodable, Sendable {}
    private struct Name: Encodable, Sendable {
        var name: String
        var password: String?
    }
    private struct Grant: Encodable, Sendable {
        struct Permission: Encodable, Sendable {
            var permType = "READWRITE"
            var key: Data
            var range_end: Data
        }

        var name: String?
        var user: String?
        var role: String?
        var perm: Permission?
    }

    /// Has an etcd know two users, `busbar` with the rights that docs/fleet.md gives it and `guest` with none.
    private func setUpUsers(_ etcd: EtcdCluster) async throws {
        let client = try EtcdClient(configuration("operator", etcd), logger: logger)
        func ask(_ path: String, _ request: some Encodable & Sendable) async throws {
            _ = try await client.ask("/v3/auth/\(path)", request, Anything.self)
        }
        for name in ["root", "busbar", "guest"] { try await ask("user/add", Name(name: name, password: "of-\(name)")) }
        for role in ["root", "busbar"] {
            try await ask("role/add", Name(name: role))
            try await ask("user/grant", Grant(user: role, role: role))
        }
        let permission = Grant.Permission(key: Data("/busbar/test/".utf8), range_end: Data("/busbar/test0".utf8))
        try await ask("role/grant", Grant(name: "busbar", perm: permission))
        try await ask("enable", Grant())
        await client.shutDown()
    }

    @Test("a user with a right to the prefix is let in, also after etcd forgot its tokens; others hear what is missing")
    func users() async throws {
        try await run { etcd in
            try await setUpUsers(etcd)
            func of(_ name: String, _ password: String) throws -> EtcdStore {
                try store(name, etcd) { configuration in
                    configuration.username = name
                    configuration.password = EtcdConfiguration.Password(password)
                }
            }
            let one = try of("busbar", "of-busbar")
            try await one.join(member)
            let claim = try #require(try await one.claim(pdu))
            _ = try #require(try await one.confirm([(claim, .seconds(2))], notes: [:]))

            let wrong = await failure { try await of("busbar", "hunter2").join(member) }
            let words = "fleet.username \"busbar\" and its password"
            #expect(wrong?.contains(words) == true, "\(wrong ?? "it was let in")")
            #expect(wrong?.contains("hunter2") == false)
            let guest = await failure { try await of("guest", "of-guest").join(member) }
            #expect(guest?.contains("needs readwrite on /busbar/test/") == true, "\(guest ?? "it was let in")")
            let nobody = await failure { try await store("nobody", etcd).join(member) }
            #expect(nobody?.contains("check fleet.username") == true, "\(nobody ?? "it was let in")")

            // A member that starts again knows no token, whoever holds one has to log in once more.
            await etcd.kill()
            try await etcd.start()
            _ = try #require(try await one.confirm([(claim, .seconds(2))], notes: [:]))
        }
    }

    @Test("TLS proves each side to the other; a certificate of somebody else, or none, is told as that")
    func tls() async throws {
        let certificates = try await Certificates()
        let configuration = EtcdCluster.Configuration(
            arguments: [
                "--cert-file=\(certificates.certificate("broker"))", "--key-file=\(certificates.key("broker"))",
                "--trusted-ca-file=\(certificates.authority)", "--client-cert-auth",
            ],
            usesTLS: true
        )
        try await run(configuration) { etcd in
            func with(_ authority: String, isKnown: Bool = true) throws -> EtcdStore {
                try store("one", etcd) { configuration in
                    configuration.caFile = authority
                    configuration.patience = .seconds(3)
                    guard isKnown else { return }
                    configuration.certificateFile = certificates.certificate("client")
                    configuration.keyFile = certificates.key("client")
                }
            }
            let one = try with(certificates.authority)
            try await one.join(member)
            #expect(try await one.claim(pdu) != nil)
            let other = await failure { try await with(certificates.otherAuthority).join(member) }
            #expect(other?.contains("fleet.tls") == true, "\(other ?? "it was let in")")
            let unknown = await failure { try await with(certificates.authority, isKnown: false).join(member) }
            #expect(unknown?.contains("fleet.tls") == true, "\(unknown ?? "it was let in")")
        }
    }

    @Test(
        "one of two agents wins a PDU; the other can neither confirm nor write the journal, and wins it after the release"
    )
    func owning() async throws {
        try await run { etcd in
            let one = try store("one", etcd)
            let two = try store("two", etcd)
            try await one.join(member)
            try await two.join(member)
            let claim = try #require(try await one.claim(pdu))
            let free = try #require(try await one.load([pdu])[pdu])
            #expect(free.wait == nil && free.isLeft(to: claim))
            #expect(try await two.claim(pdu) == nil)
            // Asked again, as after a lost answer, it is the same tenure.
            #expect(try await one.claim(pdu)?.epoch == claim.epoch)
            let before = ContinuousClock.now
            let begun = try #require(try await one.confirm([(claim, .seconds(2))], notes: [:]))
            #expect(begun >= before)
            let members = try await two.members()
            #expect(try await two.owners()[pdu]?.agent == "one" && members.keys.sorted() == ["one", "two"])
            #expect(members["two"]?.pdus == [pdu])
            // Who has looked at all owners once is told by a lost claim who owns the PDU.
            let lost = try await two.claim([pdu])
            #expect(lost.won.isEmpty && lost.owned[pdu]?.agent == "one" && lost.owned[pdu]?.epoch == claim.epoch)

            try await one.release(claim, wait: .milliseconds(300))
            let next = try #require(try await two.claim(pdu))
            let left = try #require(try await two.load([pdu])[pdu])
            #expect(next.epoch > claim.epoch && left.wait == .milliseconds(300))
            #expect(left.isLeft(to: next) && !left.isLeft(to: claim))
            #expect(try await one.confirm([(claim, .seconds(2))], notes: [:]) == nil)
            #expect(try await one.write([.removal(1)], of: claim) == false)
            #expect(
                try await two.confirm(
                    [(next, .seconds(2))],
                    notes: [first: WriteNote(action: "ON", time: Date())]
                ) != nil
            )
            #expect(try await two.load(pdu).1[first]?.action == "ON")
            // An epoch alone proves nothing: etcd gives revisions again after a restore from a backup.
            let forged = WonClaim(pdu: pdu, epoch: next.epoch, record: claim.record, at: .now)
            #expect(try await one.confirm([(forged, .seconds(2))], notes: [:]) == nil)
            #expect(!left.isLeft(to: forged))
            try await two.release(next, wait: nil)
            #expect(try await two.load([pdu])[pdu]?.isLeft(to: next) == false)
        }
    }

    @Test("a lease that is over takes the agent's keys with it, and renewing says so")
    func leases() async throws {
        try await run { etcd in
            let one = try store("one", etcd)
            try await one.join(member)
            try await one.renew()
            #expect(one.memberUntil != nil)
            _ = try await one.claim(pdu)
            let other = try store("two", etcd)
            await one.leave()
            #expect(try await other.owners().isEmpty)
            try await one.renew()
            #expect(one.memberUntil == nil)
        }
    }

    @Test("what does not belong together is refused in words that say what to do")
    func strangers() async throws {
        try await run { etcd in
            try await store("one", etcd).join(member)
            let twin = try store("one", etcd)
            let taken = await failure { try await twin.join(member) }
            #expect(taken?.contains("with the id one is in the fleet already") == true)
            let other = try store("two", etcd) { $0.baseTopic = "other" }
            #expect(await failure { try await other.join(member) }?.contains("two fleets need two prefixes") == true)
            let user = try store("two", etcd) {
                $0.username = "busbar"; $0.password = .init("secret")
            }
            let words = await failure { try await user.join(member) }
            #expect(words?.contains("fleet.username") == true && words?.contains("secret") == false)
        }
    }

    @Test("a frozen member is passed over; without a majority nothing is confirmed, in bounded time and in clear words")
    func members() async throws {
        try await run(.init(members: 3)) { etcd in
            let one = try store("one", etcd) {
                $0.attempt = .seconds(3); $0.patience = .seconds(20)
            }
            try await one.join(member)
            let claim = try #require(try await one.claim(pdu))
            await etcd.freeze(0)
            #expect(try await one.confirm([(claim, .seconds(2))], notes: [:]) != nil)
            await etcd.thaw(0)
            await etcd.kill(1)
            await etcd.kill(2)
            let words = await failure { _ = try await one.confirm([(claim, .seconds(2))], notes: [:]) }
            #expect(words?.contains("no majority of etcd answers") == true)
            try await etcd.start()
            try await waitUntil { (try? await one.confirm([(claim, .seconds(2))], notes: [:])) != nil }
        }
    }

    // MARK: - The journal's contract

    /// A journal that keeps the same promises, wherever it is.
    enum Kind: String, CaseIterable, Sendable { case sqlite, etcd }

    private func withJournal(
        _ kind: Kind,
        body: (any CommandJournal, () async throws -> JournalContents) async throws -> Void
    ) async throws {
        switch kind {
        case .sqlite:
            let directory = try TemporaryDirectory(prefix: "journal")
            let journal = AgentJournal(directory: directory.path, logger: logger)
            try await body(journal) {
                await journal.flush()
                return try #require(AgentJournal(directory: directory.path, logger: logger).load())
            }
        case .etcd:
            try await run { etcd in
                let store = try store("one", etcd)
                try await store.join(member)
                let claim = try #require(try await store.claim(pdu))
                let timekeeper = SystemTimekeeper()
                let fleet = try EtcdFleet(configuration("one", etcd), timekeeper: timekeeper, logger: logger)
                let journal = EtcdJournal(claim: claim, store: store, fleet: fleet)
                try await body(journal) {
                    await journal.flush(until: timekeeper.now + .seconds(60), timekeeper)
                    return try await store.load(pdu).0
                }
                await fleet.shutDown()
            }
        }
    }

    private func entry(_ number: UInt64, _ stage: JournalEntry.Stage, id: String? = nil) -> JournalEntry {
        let outlet = OutletID(pdu: pdu, outlet: first)
        let now = Now(moment: .start, wallTime: Date())
        let ticket = Ticket(
            number: number,
            outlet: outlet,
            command: Command(.cycle, id: id),
            receivedAt: .start,
            receivedTime: now.wallTime
        )
        var entry = JournalEntry(ticket, stage: stage, due: now.wallTime, at: now)
        if stage == .finished {
            entry.result = CommandResult(ticket, .done(.on), startedAt: nil, deviceTime: .zero, now: now)
        }
        return entry
    }

    private func write(_ entry: JournalEntry, to journal: any CommandJournal) async -> String? {
        await withCheckedContinuation { continuation in
            journal.write(entry) { continuation.resume(returning: $0) }
        }
    }

    @Test(
        "keeps work until it is removed, the answers of commands with an id, and what protections know",
        arguments: Kind.allCases
    )
    func keeps(kind: Kind) async throws {
        try await withJournal(kind) { journal, load in
            #expect(await write(entry(1, .acting), to: journal) == nil)
            #expect(await write(entry(2, .acting), to: journal) == nil)
            journal.write(entry(2, .held), completion: nil)
            #expect(await write(entry(3, .finished, id: "three"), to: journal) == nil)
            #expect(await write(entry(4, .accepted, id: "four"), to: journal) == nil)
            #expect(await write(entry(5, .finished, id: "five"), to: journal) == nil)
            journal.remove(ticket: 1)
            journal.remove(ticket: 5)
            let outlet = OutletID(pdu: pdu, outlet: first)
            journal.remember(OutletMemory(outlet: outlet, state: "OFF", since: nil, cycleStarts: []))
            journal.remember(OutletMemory(outlet: outlet, state: "ON", since: nil, cycleStarts: []))
            await withCheckedContinuation { continuation in
                journal.whenRemembered { failure in
                    #expect(failure == nil)
                    continuation.resume()
                }
            }
            let contents = try await load()
            #expect(contents.entries.map(\.ticket) == [2, 3, 4])
            #expect(contents.entries.map(\.stage) == [.held, .finished, .accepted])
            #expect(contents.answers.map(\.id) == ["three", "five"])
            #expect(contents.answers.first?.result.status == .done)
            #expect(contents.memories.map(\.state) == ["ON"])
            #expect(contents.lastTicket == 5 || kind == .sqlite && contents.lastTicket == 4)
        }
    }

    @Test("is not handed over before every result is at the broker, as the next owner would tell it once more")
    func settles() async throws {
        try await withJournal(.etcd) { journal, load in
            let journal = try #require(journal as? EtcdJournal)
            let timekeeper = SystemTimekeeper()
            #expect(await write(entry(1, .held), to: journal) == nil)
            #expect(await write(entry(2, .finished, id: "two"), to: journal) == nil)
            let story = Recorder<String>()
            async let settled: Void = {
                await journal.settle(until: timekeeper.now + .seconds(600), timekeeper)
                story.append("handed over")
            }()
            // Everything is written, and only the broker's word is missing.
            await withCheckedContinuation { continuation in journal.whenRemembered { _ in continuation.resume() } }
            await journal.flush(until: timekeeper.now + .seconds(600), timekeeper)
            story.append("told")
            journal.remove(ticket: 2)
            await settled
            #expect(story.elements == ["told", "handed over"])
            #expect(try await load().entries.map(\.ticket) == [1])
        }
    }

    @Test("answers many waiting writes together, and each once", arguments: Kind.allCases)
    func together(kind: Kind) async throws {
        try await withJournal(kind) { journal, load in
            await withTaskGroup(of: String?.self) { group in
                for number in 1...300 { group.addTask { await write(entry(UInt64(number), .acting), to: journal) } }
                for await failure in group { #expect(failure == nil) }
            }
            let entries = try await load().entries
            #expect(entries.count == 300)
        }
    }

    @Test("an agent that does not own the PDU any more changes nothing in the journal, and is told so")
    func foreign() async throws {
        try await run { etcd in
            let one = try store("one", etcd)
            let two = try store("two", etcd)
            try await one.join(member)
            try await two.join(member)
            let claim = try #require(try await one.claim(pdu))
            let fleet = try EtcdFleet(configuration("one", etcd), timekeeper: SystemTimekeeper(), logger: logger)
            let journal = EtcdJournal(claim: claim, store: one, fleet: fleet)
            #expect(await write(entry(1, .acting), to: journal) == nil)
            await one.leave()
            _ = try #require(try await two.claim(pdu))
            #expect(await write(entry(1, .finished, id: "x"), to: journal)?.contains("another agent") == true)
            #expect(journal.isForeign)
            let contents = try await two.load(pdu).0
            #expect(contents.entries.map(\.stage) == [.acting] && contents.answers.isEmpty)
            await fleet.shutDown()
        }
    }

    /// The stores of two agents that both have these PDUs.
    private func joined(_ pdus: [PDUName], _ etcd: EtcdCluster) async throws -> (one: EtcdStore, two: EtcdStore) {
        let member = OwnershipBook.Member(instance: "", pdus: Set(pdus))
        let stores = (one: try store("one", etcd), two: try store("two", etcd))
        try await stores.one.join(member)
        try await stores.two.join(member)
        return stores
    }

    @Test(
        "a load's entry is written for every PDU that feeds it or for none, and its end is told by the first one's owner"
    )
    func loadEntries() async throws {
        try await run { etcd in
            let names = try ["left", "right"].map { try #require(PDUName($0)) }
            let (one, two) = try await joined(names, etcd)
            let left = try #require(try await one.claim(names[0]))
            let right = try #require(try await one.claim(names[1]))
            var entry = LoadEntry(
                number: 7,
                load: "server",
                feeds: [OutletID(pdu: names[0], outlet: first), OutletID(pdu: names[1], outlet: first)],
                stagger: .zero,
                command: Command(.cycle, id: "c"),
                stage: .acting,
                receivedTime: Date(timeIntervalSince1970: 1000),
                due: Date(timeIntervalSince1970: 1001)
            )
            #expect(try await one.write([.load(entry)], of: left, and: [right]))
            for name in names {
                let contents = try await two.load(name).0
                #expect(contents.loads == [entry] && contents.lastTicket == 7)
            }
            // Another agent has one of the PDUs: nothing is changed.
            try await one.release(right, wait: .zero)
            let taken = try #require(try await two.claim(names[1]))
            entry.stage = .held
            #expect(try await !one.write([.load(entry)], of: left, and: [right]))
            #expect(try await two.load(names[0]).0.loads.map(\.stage) == [.acting])
            try await one.release(left, wait: .zero)

            let both = try #require(try await two.claim(names[0]))
            entry.stage = .finished
            var result = LoadResult(
                Outcome(.done),
                load: "server",
                id: "c",
                command: entry.command,
                receivedAt: entry.receivedTime,
                finishedAt: Date()
            )
            result.state = .on
            entry.result = result
            #expect(try await two.write([.load(entry)], of: both, and: [taken]))
            #expect(try await two.load(names[0]).0.loads.map(\.stage) == [.finished])
            #expect(try await two.load(names[1]).0.loads.isEmpty)
            #expect(try await two.write([.loadRemoval(7, fed: [])], of: both, and: []))
            let contents = try await two.load(names[0]).0
            #expect(contents.loads.isEmpty && contents.loadAnswers.map(\.id) == ["c"])
        }
    }

    @Test("leave to write that needs a second PDU is given to who owns both, and the successor of either waits for it")
    func leaveOfTwo() async throws {
        try await run { etcd in
            let names = try ["left", "right"].map { try #require(PDUName($0)) }
            let (one, two) = try await joined(names, etcd)
            let left = try #require(try await one.claim(names[0]))
            let right = try #require(try await one.claim(names[1]))
            let confirmed = try await one.confirm([(right, .seconds(2)), (left, .seconds(3))], notes: [:])
            #expect(confirmed != nil)
            try await one.release(left, wait: nil)
            let taken = try #require(try await two.claim(names[0]))
            let work = try #require(try await two.load([names[0]])[names[0]])
            #expect(work.wait == .seconds(3) && work.isLeft(to: taken))
            #expect(try await one.confirm([(right, .seconds(3)), (left, .seconds(3))], notes: [:]) == nil)
            #expect(try await one.confirm([(right, .seconds(2))], notes: [:]) != nil)
        }
    }

    @Test("asking a PDU's owner waits for nothing; where etcd does not answer, all that wait for it are told at once")
    func asking() async throws {
        try await run { etcd in
            var configuration = configuration("one", etcd)
            configuration.attempt = .milliseconds(200)
            configuration.patience = .seconds(2)
            let fleet = try EtcdFleet(configuration, timekeeper: SystemTimekeeper(), logger: logger)
            let request = OwnerRequest(
                target: .outlet(OutletID(pdu: pdu, outlet: first)),
                command: Command(.off, id: "g"),
                receivedTime: Date()
            )
            await etcd.kill()
            var ends: [@Sendable () async -> OwnerReply] = []
            for _ in 0..<3 { ends.append(await fleet.ask(request, patience: .seconds(600))) }
            #expect(await fleet.standing.failures == 0, "nobody has asked etcd yet")
            let words = await withTaskGroup(of: String?.self) { group in
                for end in ends {
                    group.addTask {
                        guard case .failed(let outcome) = await end(), outcome.code == .noQuorum else { return nil }
                        return outcome.message
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(words.count == 3 && words.allSatisfy { $0 != nil } && Set(words).count == 1, "\(words)")
            await fleet.shutDown()
        }
    }

    @Test("what is asked of a PDU's owner is taken up by one owner at a time, and taken back only before that")
    func requests() async throws {
        try await run { etcd in
            let one = try store("one", etcd)
            let two = try store("two", etcd)
            try await one.join(member)
            try await two.join(member)
            let outlet = OutletID(pdu: pdu, outlet: first)
            let command = Command(.off, id: "g")
            let request = OwnerRequest(target: .outlet(outlet), command: command, receivedTime: Date())
            for id in ["z", "a", "m"] { try await two.ask(request, id: id) }
            let asked = try await one.requests()
            #expect(asked.map(\.id) == ["z", "a", "m"] && asked.allSatisfy { $0.taker == nil && $0.pdu == pdu })
            #expect(try await two.withdraw(id: "m", pdu: "rack"))

            let claim = try #require(try await one.claim(pdu))
            let taken = try #require(try await one.take(asked[0], of: claim))
            #expect(try await one.take(asked[2], of: claim) == nil)
            #expect(try await !two.withdraw(id: "z", pdu: "rack"))
            // It may be asked again when the answer to the first try was lost.
            #expect(try await one.take(asked[0], of: claim) != nil)
            try await one.release(claim, wait: .zero)
            let next = try #require(try await two.claim(pdu))
            #expect(try await one.take(asked[1], of: claim) == nil)

            let result = CommandResult(
                refusing: .rejected(.unknownOutlet, "there is none"),
                id: "g",
                pdu: "rack",
                outlet: .number(first),
                by: nil,
                user: nil,
                door: nil,
                receivedAt: Date(timeIntervalSince1970: 1000)
            )
            // Who does not own the PDU any more does not answer.
            try await one.answer(taken, .outlet(result), of: claim)
            #expect(try await two.reply(to: "z") == nil)
            let again = try #require(try await two.requests().first { $0.id == "z" })
            #expect(again.taker == one.instance)
            let own = try #require(try await two.take(again, of: next))
            try await two.answer(own, .outlet(result), of: next)
            guard case .outlet(let told)? = try await one.reply(to: "z") else {
                Issue.record("no answer")
                return
            }
            #expect(told.id == "g" && told.status == .rejected)
            #expect(try await one.requests().map(\.id) == ["a"])
            #expect(try await !one.withdraw(id: "z", pdu: "rack"))
        }
    }

    /// An etcd with a second way to its member, which freezes, and a claim of agent `one`.
    private func withRelay(_ body: (EtcdCluster, TCPRelay, WonClaim) async throws -> Void) async throws {
        try await run { etcd in
            let port = try #require(etcd.endpoints[0].split(separator: ":").last.flatMap { Int($0) })
            let relay = try await TCPRelay(to: port)
            let one = try store("one", etcd)
            try await one.join(member)
            try await body(etcd, relay, try #require(try await one.claim(pdu)))
        }
    }

    private func notes(_ action: String) -> [OutletNumber: WriteNote] {
        [first: WriteNote(action: action, time: Date())]
    }

    /// Does something at a member that freezes before it reads the request, so that another one answers, and something after
    /// it. Returns when the first member has carried the request out too.
    private func late(
        _ etcd: EtcdCluster,
        _ relay: TCPRelay,
        _ claim: WonClaim,
        _ body: (EtcdStore) async throws -> Bool,
        then after: (EtcdStore) async throws -> Bool
    ) async throws {
        // It asks the relay first.
        let store = try store("one", etcd) { configuration in
            configuration.endpoints = ["http://127.0.0.1:\(relay.port)"] + etcd.endpoints
            configuration.attempt = .seconds(2)
            configuration.patience = .seconds(300)
        }
        #expect(try await store.write([.entry(entry(1, .acting))], of: claim))
        #expect(try await store.confirm([(claim, .seconds(2))], notes: notes("ON")) != nil)
        relay.weather = TCPRelay.Weather(isStalled: true, hidesEnds: true)
        #expect(try await body(store))
        #expect(try await after(store))
        let answered = relay.answered
        relay.weather = TCPRelay.Weather(hidesEnds: true)
        try await waitUntil { relay.answered > answered }
        relay.weather = TCPRelay.Weather()
        relay.reset()
    }

    @Test("what a frozen member carries out late changes nothing that came after it")
    func lateRequests() async throws {
        try await withRelay { etcd, relay, claim in
            let look = try store("look", etcd)
            // A cycle that is under way is not taken for one that was never begun.
            try await late(etcd, relay, claim) { store in
                try await store.write([.entry(entry(2, .accepted))], of: claim)
            } then: { store in
                try await store.write([.entry(entry(2, .acting))], of: claim)
            }
            #expect(try await look.load(pdu).0.entries.map(\.stage) == [.acting, .acting])
            // What has ended does not come back.
            try await late(etcd, relay, claim) { store in
                try await store.write([.entry(entry(2, .held))], of: claim)
            } then: { store in
                try await store.write([.removal(2)], of: claim)
            }
            #expect(try await look.load(pdu).0.entries.map(\.ticket) == [1])
            // The note of a write does not take the place of a later one's.
            try await late(etcd, relay, claim) { store in
                try await store.confirm([(claim, .seconds(2))], notes: notes("OFF")) != nil
            } then: { store in
                try await store.confirm([(claim, .seconds(2))], notes: notes("CYCLE")) != nil
            }
            #expect(try await look.load(pdu).1[first]?.action == "CYCLE")
            // What was asked and taken back is not asked once more.
            let outlet = OutletID(pdu: pdu, outlet: first)
            let request = OwnerRequest(target: .outlet(outlet), command: Command(.toggle), receivedTime: Date())
            try await late(etcd, relay, claim) { store in
                try await store.ask(request, id: "back")
                return true
            } then: { store in
                try await store.withdraw(id: "back", pdu: "rack")
            }
            #expect(try await look.requests().isEmpty)
        }
    }

    @Test("a change after one that was perhaps made is made all the same, but not by who owns the PDU no more")
    func afterUnknown() async throws {
        try await run { etcd in
            let one = try store("one", etcd)
            try await one.join(member)
            let claim = try #require(try await one.claim(pdu))
            // To this one, what the other writes is like a change of its own whose answer was lost.
            let other = try store("one", etcd)
            for number in stride(from: UInt64(1), to: 9, by: 2) {
                #expect(try await one.write([.entry(entry(number, .acting))], of: claim))
                #expect(try await other.write([.entry(entry(number + 1, .acting))], of: claim))
            }
            #expect(try await one.load(pdu).0.entries.map(\.ticket) == Array(1...8))
            try await one.release(claim, wait: .zero)
            #expect(try await !other.write([.entry(entry(9, .acting))], of: claim))
            #expect(try await !one.write([.entry(entry(10, .acting))], of: claim))
        }
    }

    @Test("work that is refused because etcd does not answer is taken back, and nobody carries it out later")
    func takesBack() async throws {
        try await withRelay { etcd, relay, claim in
            let timekeeper = SystemTimekeeper()
            let slow = try store("one", etcd) { configuration in
                configuration.endpoints = ["http://127.0.0.1:\(relay.port)"]
                configuration.attempt = .seconds(2)
                configuration.patience = .seconds(2)
            }
            let fleet = try EtcdFleet(configuration("one", etcd), timekeeper: timekeeper, logger: logger)
            let journal = EtcdJournal(claim: claim, store: slow, fleet: fleet)
            // Its answer does not come in time, and etcd has it later.
            relay.weather = TCPRelay.Weather(isStalled: true, hidesEnds: true)
            #expect(await write(entry(5, .acting), to: journal) != nil)
            relay.weather = TCPRelay.Weather(hidesEnds: true)
            await journal.flush(until: timekeeper.now + .seconds(300), timekeeper)
            #expect(try await store("look", etcd).load(pdu).0.entries.isEmpty)
            await fleet.shutDown()
        }
    }

    @Test("a refusal of what etcd has an entry of waits for etcd, as the next owner would answer it too; others do not")
    func refusals() async throws {
        try await withRelay { etcd, relay, claim in
            let slow = try store("one", etcd) { configuration in
                configuration.endpoints = ["http://127.0.0.1:\(relay.port)"]
                configuration.attempt = .seconds(2)
                configuration.patience = .seconds(2)
            }
            let fleet = try EtcdFleet(configuration("one", etcd), timekeeper: SystemTimekeeper(), logger: logger)
            let journal = EtcdJournal(claim: claim, store: slow, fleet: fleet)
            #expect(await write(entry(5, .acting), to: journal) == nil)
            relay.weather = TCPRelay.Weather(isStalled: true)
            var refused = entry(5, .finished)
            refused.result?.status = .rejected
            var other = entry(6, .finished)
            other.result?.status = .rejected
            async let kept = write(refused, to: journal)
            #expect(await write(other, to: journal) != nil)
            relay.weather = TCPRelay.Weather()
            #expect(await kept == nil)
            await fleet.shutDown()
        }
    }
}
