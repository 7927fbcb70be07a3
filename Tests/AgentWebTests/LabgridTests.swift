import Foundation
import Testing

/// `BUSBAR_LABGRID_PYTHON` names a Python that has labgrid (`python3 -m venv DIR && DIR/bin/pip install labgrid`).
@Suite("labgrid's own driver", .timeLimit(.minutes(1)))
struct LabgridTests {
    private static let python = ProcessInfo.processInfo.environment["BUSBAR_LABGRID_PYTHON"]

    @Test(
        "switches on, off and cycles, and is told of an outlet that is not there",
        .enabled(if: python != nil, "BUSBAR_LABGRID_PYTHON names no Python that has labgrid")
    )
    func drives() async throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Tools/labgrid-power").path
        try await TestFleet.with { fleet in
            try await fleet.servePDUDaemon { client in
                let said = try await run(try #require(Self.python), [script, "\(client.port)", "pdu1", "1"])
                #expect(said == "on\noff\ncycle\nrefused 404\n")
            }
        }
    }

    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        let (ended, input) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in input.finish() }
        try process.run()
        for await _ in ended {}
        // It has ended, and what it says fits into a pipe.
        return String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
}
