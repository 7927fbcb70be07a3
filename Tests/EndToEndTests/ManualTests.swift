import Foundation
import LocalServices
import TestSupport
import Testing

@Suite("The manual page", .timeLimit(.minutes(10)))
struct ManualTests {
    private struct Help: Decodable {
        struct Command: Decodable {
            var commandName: String
            var shouldDisplay: Bool?
            var subcommands: [Command]?
        }
        var command: Command
    }

    @Test("names every subcommand that busbar has; scripts/generate-manual writes it anew")
    func complete() async throws {
        let result = try await LocalServices.Command.run(
            try TestProgram.path,
            package: "busbar",
            ["--experimental-dump-help"]
        )
        let help = try JSONDecoder().decode(Help.self, from: Data(result.output.utf8))
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/man/busbar.1"), encoding: .utf8)
        let names = (help.command.subcommands ?? []).filter { $0.shouldDisplay ?? true }.map(\.commandName)
        #expect(names.contains("cycle"))
        for name in names where name != "help" {
            #expect(page.contains("\n.It Em \(name)\n"), "the manual page lacks \(name)")
        }
    }
}
