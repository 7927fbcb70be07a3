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
            let claim = try #require(try await one.claim(pdu, writeTime: .seconds(2)))
            _ = try #require(try await one.confirm(claim, notes: [:], writeTime: .seconds(2)))

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
            _ = try #require(try await one.confirm(claim, notes: [:], writeTime: .seconds(2)))
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
            #expect(try await one.claim(pdu, writeTime: .seconds(2)) != nil)
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
            let claim = try #require(try await one.claim(pdu, writeTime: .seconds(2)))
            #expect(claim.wait == nil)
            #expect(try await two.claim(pdu, writeTime: .seconds(2)) == nil)
            // Asked again, as after a lost answer, it is the same tenure.
            #expect(try await one.claim(pdu, writeTime: .seconds(2))?.epoch == claim.epoch)
            let before = ContinuousClock.now
            let begun = try #require(try await one.confirm(claim, notes: [:], writeTime: .seconds(2)))
            #expect(begun >= before)
            let view = try await two.view()
            #expect(view.owners[pdu]?.agent == "one" && view.members.keys.sorted() == ["one", "two"])
            #expect(view.members["two"]?.pdus == [pdu])

            try await one.release(claim, wait: .milliseconds(300))
            let next = try #require(try await two.claim(pdu, writeTime: .seconds(2)))
            #expect(next.epoch > claim.epoch && next.wait == .milliseconds(300))
            #expect(try await one.confirm(claim, notes: [:], writeTime: .seconds(2)) == nil)
            #expect(try await one.write([.removal(1)], of: claim) == false)
            #expect(
                try await two.confirm(
                    next,
                    notes: [first: WriteNote(action: "ON", time: Date())],
                    writeTime: .seconds(2)
                ) != nil
            )
            #expect(try await two.load(pdu).1[first]?.action == "ON")
            // An epoch alone proves nothing: etcd gives revisions again after a restore from a backup.
            let forged = WonClaim(pdu: pdu, epoch: next.epoch, record: claim.record, wait: nil, at: .now)
            #expect(try await one.confirm(forged, notes: [:], writeTime: .seconds(2)) == nil)
        }
    }

    @Test("a lease that is over takes the agent's keys with it, and renewing says so")
    func leases() async throws {
        try await run { etcd in
            let one = try store("one", etcd)
            try await one.join(member)
            #expect(try await one.renew() != nil)
            _ = try await one.claim(pdu, writeTime: .seconds(2))
            let other = try store("two", etcd)
            await one.leave()
            #expect(try await other.view().owners.isEmpty)
            #expect(try await one.renew() == nil)
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
            let claim = try #require(try await one.claim(pdu, writeTime: .seconds(2)))
            await etcd.freeze(0)
            #expect(try await one.confirm(claim, notes: [:], writeTime: .seconds(2)) != nil)
            await etcd.thaw(0)
            await etcd.kill(1)
            await etcd.kill(2)
            let words = await failure { _ = try await one.confirm(claim, notes: [:], writeTime: .seconds(2)) }
            #expect(words?.contains("no majority of etcd answers") == true)
            try await etcd.start()
            try await waitUntil { (try? await one.confirm(claim, notes: [:], writeTime: .seconds(2))) != nil }
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
                let claim = try #require(try await store.claim(pdu, writeTime: .seconds(2)))
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
            let claim = try #require(try await one.claim(pdu, writeTime: .seconds(2)))
            let fleet = try EtcdFleet(configuration("one", etcd), timekeeper: SystemTimekeeper(), logger: logger)
            let journal = EtcdJournal(claim: claim, store: one, fleet: fleet)
            #expect(await write(entry(1, .acting), to: journal) == nil)
            await one.leave()
            _ = try #require(try await two.claim(pdu, writeTime: .seconds(2)))
            #expect(await write(entry(1, .finished, id: "x"), to: journal)?.contains("another agent") == true)
            #expect(journal.isForeign)
            let contents = try await two.load(pdu).0
            #expect(contents.entries.map(\.stage) == [.acting] && contents.answers.isEmpty)
            await fleet.shutDown()
        }
    }
}
