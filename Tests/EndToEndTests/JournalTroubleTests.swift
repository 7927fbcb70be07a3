import Foundation
import LocalServices
import PDUSimulator
import TestSupport
import Testing

@Suite("When the journal cannot be used", .timeLimit(.minutes(10)))
struct JournalTroubleTests {
    /// What is wrong with the file that the agent finds.
    enum Trouble: String, CaseIterable, Sendable {
        case garbled
        case truncated
        case directory
        case readOnly
        case full

        /// The thread sanitizer cannot start where files are limited so that the disk feels full: it needs larger ones.
        static let possible = allCases.filter { $0 != .full || !Sanitizer.isForThreads }
    }

    @Test("cycles are refused with the reason, plain commands work", arguments: Trouble.possible)
    func refused(trouble: Trouble) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let file = try file(for: strip)
            try await leave(trouble, bench, file)
            let mark = bench.observer.mark
            let agent = try await launch(bench, file, isDiskFull: trouble == .full)
            try await bench.waitForOnline(from: mark)
            let cycle = try await bench.command("strip/1", #"{"action":"CYCLE","off_time":0.1,"id":"c"}"#)
            #expect(cycle.verdict == "rejected/journal_failed", "\(trouble)")
            let pulse = try await bench.command("strip/1", #"{"action":"ON","for":1}"#)
            #expect(pulse.verdict == "rejected/journal_failed", "\(trouble)")
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            #expect(try await bench.command("strip/1", #"{"action":"OFF","id":"off"}"#).verdict == "done")
            #expect(strip.record.switches.filter { $0.hasPrefix("1=") } == ["1=1", "1=0"])
            #expect(agent.standardError.contains("the journal fails"))
            await agent.kill()
        }
    }

    @Test("cycles work again, without a restart, once the damaged file was moved away")
    func healed() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let file = try file(for: strip)
            try await leave(.garbled, bench, file)
            let agent = try await launch(bench, file)
            try await bench.waitForOnline(from: 0)
            #expect(try await bench.command("strip/1", #"{"action":"CYCLE"}"#).verdict == "rejected/journal_failed")
            try FileManager.default.moveItem(atPath: journal(bench, file), toPath: journal(bench, file) + ".damaged")
            try await waitUntil {
                try await bench.command("strip/1", #"{"action":"CYCLE","off_time":0.1}"#).verdict == "done"
            }
            #expect(agent.standardError.contains("the journal works again"))
            await agent.kill()
        }
    }

    @Test("an empty file is a new journal")
    func empty() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let file = try file(for: strip)
            try FileManager.default.createDirectory(
                atPath: state(bench, file),
                withIntermediateDirectories: true
            )
            try Data().write(to: URL(filePath: journal(bench, file)))
            try await bench.start(file)
            #expect(try await bench.command("strip/1", #"{"action":"CYCLE","off_time":0.1}"#).verdict == "done")
        }
    }

    private func file(for strip: SimulatedEnerGenie) throws -> AgentFile {
        var file = AgentFile()
        file.pdus = [AgentFile.strip(device: strip)]
        return file
    }

    private func state(_ bench: Bench, _ file: AgentFile) -> String { bench.directory.path(of: "state-\(file.id)") }

    private func journal(_ bench: Bench, _ file: AgentFile) -> String { state(bench, file) + "/journal.sqlite" }

    /// Leaves a journal as it must not be.
    private func leave(_ trouble: Trouble, _ bench: Bench, _ file: AgentFile) async throws {
        let directory = state(bench, file)
        let path = journal(bench, file)
        let files = FileManager.default
        try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        switch trouble {
        case .garbled: try Data((0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(filePath: path))
        case .directory: try files.createDirectory(atPath: path, withIntermediateDirectories: true)
        case .readOnly:
            // Nobody can make files there, not even root.
            try files.removeItem(atPath: directory)
            try files.createSymbolicLink(atPath: directory, withDestinationPath: "/proc/self")
        case .truncated:
            var whole = Data()
            // On a busy machine an agent may have ended before SQLite has put everything into the one file.
            repeat {
                let agent = try await bench.start(file)
                #expect(try await bench.command("strip/2", #"{"action":"CYCLE","off_time":0.1}"#).verdict == "done")
                #expect(await agent.stop() == .exited(0))
                whole = try Data(contentsOf: URL(filePath: path))
            } while whole.count < 16_384 || files.fileExists(atPath: path + "-wal")
            // The first page and a piece of the second: none of the tables is whole.
            try whole.prefix(4196).write(to: URL(filePath: path))
        case .full: return
        }
    }

    private func launch(_ bench: Bench, _ file: AgentFile, isDiskFull: Bool = false) async throws -> ChildProcess {
        // A limit on the size of files feels like a full disk and needs no rights.
        let limit = isDiskFull ? "ulimit -f 8; " : ""
        return try await ChildProcess.start(
            "/bin/bash",
            ["-c", limit + "exec \"$0\" agent --config \"$1\"", try TestProgram.path, try bench.write(file)],
            outputLimit: 1 << 20
        )
    }
}
