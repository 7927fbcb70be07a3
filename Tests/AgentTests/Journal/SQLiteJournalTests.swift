import Foundation
import Logging
import Power
import Testing

@testable import Agent

@Suite("The journal's file", .timeLimit(.minutes(1)))
struct SQLiteJournalTests {
    private let directory = ScratchDirectory()
    private var path: String { directory.path + "/journal.sqlite" }
    private let bench = ScheduleBench()

    private func journal() -> SQLiteJournal { SQLiteJournal(path: path, logger: Logger(label: "test")) }

    private func entry(_ number: UInt64, _ stage: JournalEntry.Stage, id: String? = nil) -> JournalEntry {
        let ticket = bench.ticket(number, Command(.cycle, id: id), 1)
        var entry = JournalEntry(ticket, stage: stage, due: Date())
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
        while await write(entry(99, .acting), to: journal) != nil, !Task.isCancelled {
            try await Task.sleep(for: .milliseconds(100))
        }
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
}
