import Dispatch
import Foundation
import Logging
import Power
import TestSupport
import Testing

@testable import Agent

@Suite("The journal's file", .timeLimit(.minutes(10)))
struct SQLiteJournalTests {
    private let directory = ScratchDirectory()
    private var path: String { directory.path + "/journal.sqlite" }
    private let bench = ScheduleBench()

    private func journal() -> SQLiteJournal { SQLiteJournal(path: path, logger: Logger(label: "test")) }

    private func entry(_ number: UInt64, _ stage: JournalEntry.Stage, id: String? = nil) -> JournalEntry {
        let ticket = bench.ticket(number, Command(.cycle, id: id), 1)
        var entry = JournalEntry(ticket, stage: stage, due: Date(), at: bench.now)
        if stage == .finished {
            entry.result = CommandResult(ticket, .done(.on), startedAt: nil, deviceTime: .zero, now: bench.now)
        }
        return entry
    }

    private func write(_ entry: JournalEntry, to journal: SQLiteJournal) async -> String? {
        await withCheckedContinuation { continuation in
            journal.write(entry) { continuation.resume(returning: $0) }
        }
    }

    @Test("keeps work until it is removed, and the answers of commands with an id")
    func keeps() async throws {
        do {
            let journal = journal()
            #expect(await write(entry(1, .acting), to: journal) == nil)
            #expect(await write(entry(2, .acting), to: journal) == nil)
            journal.write(entry(2, .held), completion: nil)
            journal.write(entry(3, .finished, id: "three"), completion: nil)
            journal.remove(ticket: 1)
            journal.remember(
                OutletMemory(outlet: entry(1, .acting).outlet, state: "ON", since: nil, cycleStarts: [])
            )
            await journal.flush()
        }
        let contents = try #require(journal().load())
        #expect(contents.entries.map(\.ticket) == [2, 3])
        #expect(contents.entries.map(\.stage) == [.held, .finished])
        #expect(contents.answers.map(\.id) == ["three"])
        #expect(contents.answers.first?.result.status == .done)
        #expect(contents.memories.map(\.state) == ["ON"])
        #expect(contents.lastTicket == 3)
    }

    @Test("answers many waiting writes together, and each once")
    func together() async {
        let journal = journal()
        await withTaskGroup(of: String?.self) { group in
            for number in 1...500 { group.addTask { await write(entry(UInt64(number), .acting), to: journal) } }
            for await failure in group { #expect(failure == nil) }
        }
        #expect(journal.load()?.entries.count == 500)
    }

    @Test("says why it cannot write, answers everybody who waits, and works again when it can")
    func trouble() async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let journal = journal()
        #expect(journal.load() == nil)
        await withTaskGroup(of: String?.self) { group in
            for number in 1...50 { group.addTask { await write(entry(UInt64(number), .acting), to: journal) } }
            for await failure in group { #expect(failure?.contains(path) == true) }
        }
        #expect(journal.failure != nil)
        try FileManager.default.removeItem(atPath: path)
        try await waitUntil { await write(entry(99, .acting), to: journal) == nil }
        #expect(journal.failure == nil)
        #expect(journal.load()?.entries.map(\.ticket) == [99])
    }

    @Test("does not write to a file that was removed under it")
    func removed() async throws {
        let journal = journal()
        #expect(await write(entry(1, .acting), to: journal) == nil)
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            try FileManager.default.removeItem(atPath: directory.path + "/" + name)
        }
        #expect(await write(entry(2, .acting), to: journal) == nil)
        #expect(self.journal().load()?.entries.map(\.ticket) == [2])
    }

    @Test("notes thousands of plain commands without waiting for the disk for each")
    func plainCommands() async throws {
        let journal = journal()
        for number in 1...5000 as ClosedRange<UInt64> {
            journal.write(entry(number, .accepted, id: "id-\(number)"), completion: nil)
            journal.write(entry(number, .finished, id: "id-\(number)"), completion: nil)
            journal.remove(ticket: number)
        }
        await journal.flush()
        let contents = try #require(journal.load())
        #expect(contents.entries.isEmpty)
        #expect(contents.answers.count == 5000)
    }

    @Test("refuses at once what is too much for a disk that hangs, and writes the rest when the disk is back")
    func bound() async throws {
        let queue = DispatchQueue(label: "hanging")
        let journal = SQLiteJournal(path: path, logger: Logger(label: "test"), queue: queue)
        #expect(await write(entry(1, .acting), to: journal) == nil)
        queue.suspend()
        let limit = SQLiteJournal.maximumPending
        let failures = Recorder<String?>()
        for number in 0..<limit { journal.write(entry(UInt64(number + 2), .acting)) { failures.append($0) } }
        #expect(failures.count == 0)
        for number in 0..<100 as Range<UInt64> {
            journal.write(entry(1_000_000 + number, .acting)) { failures.append($0) }
            journal.remember(OutletMemory(outlet: entry(1, .acting).outlet))
        }
        #expect(failures.count == 100)
        #expect(failures.elements.allSatisfy { $0?.contains("cannot keep up") == true })
        // What is in the file already may be answered and forgotten all the same.
        journal.write(entry(1, .finished, id: "one"), completion: nil)
        journal.remove(ticket: 1)
        queue.resume()
        await journal.flush()
        #expect(failures.count == limit + 100)
        #expect(failures.elements.filter { $0 == nil }.count == limit)
        let contents = try #require(journal.load())
        #expect(contents.entries.count == limit && contents.answers.map(\.id) == ["one"])
        #expect(contents.memories.isEmpty)
        #expect(await write(entry(2_000_000, .acting), to: journal) == nil)
    }

    @Test("keeps plain commands in a file of their own, and both files are told by the next start")
    func notes() async throws {
        let journal = AgentJournal(directory: directory.path, logger: Logger(label: "test"))
        let named = bench.ticket(1, Command(.on, id: "plain"), 1)
        journal.write(JournalEntry(named, stage: .accepted, due: Date(), at: bench.now), completion: nil)
        journal.write(entry(2, .acting), completion: nil)
        journal.write(entry(3, .acting), completion: nil)
        for (number, command) in [(4, Command(.off, id: "g")), (5, Command(.cycle))] as [(UInt64, Command)] {
            journal.write(
                GroupEntry(number: number, target: .group("g"), command: command, receivedTime: Date()),
                completion: nil
            )
        }
        journal.remove(ticket: 3)
        await journal.flush()
        #expect(self.journal().load()?.entries.map(\.ticket) == [2])
        let next = AgentJournal(directory: directory.path, logger: Logger(label: "test"))
        let contents = try #require(next.load())
        #expect(contents.entries.map(\.ticket) == [1, 2] && contents.groups.map(\.number) == [4, 5])
        #expect(contents.lastTicket == 5)
        for number in [1, 2] as [UInt64] { next.remove(ticket: number) }
        for number in [4, 5] as [UInt64] { next.remove(group: number) }
        await next.flush()
        let left = try #require(journal.load())
        #expect(left.entries.isEmpty && left.groups.isEmpty)
    }

    @Test("does without the notes when their file cannot be used")
    func withoutNotes() async throws {
        try FileManager.default.createDirectory(
            atPath: directory.path + "/notes.sqlite",
            withIntermediateDirectories: true
        )
        let journal = AgentJournal(directory: directory.path, logger: Logger(label: "test"))
        let failure = await withCheckedContinuation { continuation in
            journal.write(entry(1, .acting)) { continuation.resume(returning: $0) }
        }
        #expect(failure == nil)
        #expect(journal.failure?.contains("notes.sqlite") == true)
        #expect(journal.load()?.entries.map(\.ticket) == [1])
    }
}
