import AgentConfiguration
import Foundation
import Testing

@Suite("The pages")
struct PageTests {
    private static let pages = Repository.files(endingIn: "md")
    /// Each page, read once: many link to the same.
    private static let read = Result {
        Dictionary(uniqueKeysWithValues: try pages.map { ($0, try MarkdownPage($0)) })
    }
    /// The ids of the built-in SNMP models.
    private static let models = Repository.files(in: "Sources/SNMPDriver/Models", endingIn: "yaml").map { path in
        String(path.split(separator: "/").last?.dropLast(5) ?? "")
    }

    @Test("link to files and headings that there are", arguments: pages)
    func links(_ path: String) throws {
        let page = try Self.page(path)
        for link in page.links where !link.contains("://") && !link.hasPrefix("mailto:") {
            let (target, anchor) = page.destination(of: link)
            #expect(Repository.exists(target), "\(path) links to \(link)")
            guard let anchor, target.hasSuffix(".md"), Repository.exists(target) else { continue }
            #expect(try Self.page(target).anchors.contains(anchor), "\(path) links to \(link)")
        }
    }

    @Test("show configurations that the agent takes", arguments: pages)
    func configurations(_ path: String) throws {
        for block in try Self.page(path).blocks where block.language == "yaml" && Self.isConfiguration(block.text) {
            try Self.check(block.text, name: "\(path), below line \(block.line)")
        }
    }

    @Test("show JSON that is JSON", arguments: pages)
    func json(_ path: String) throws {
        for block in try Self.page(path).blocks where block.language == "json" {
            _ = try JSONSerialization.jsonObject(with: Data(block.text.utf8))
        }
    }

    @Test("are about configurations that the agent takes", arguments: ["config/compose/busbar.yaml"])
    func configurationFiles(_ path: String) throws {
        try Self.check(try Repository.text(path), name: path)
    }

    private static func page(_ path: String) throws -> MarkdownPage { try #require(try read.get()[path]) }

    /// Other programs' configurations and pieces of one's own are shown too; a whole one names PDUs.
    private static func isConfiguration(_ text: String) -> Bool {
        text.split(separator: "\n").contains { $0.hasPrefix("pdus:") }
    }

    private static func check(_ text: String, name: String) throws {
        let variables = text.matches(of: /\$\{([A-Z0-9_]+)\}/).map { (String($0.output.1), "/run/credentials") }
        let sources = ConfigurationSources(
            baseDirectory: "/etc/busbar",
            environment: Dictionary(variables) { first, _ in first },
            hostName: "bench",
            models: Set(models),
            files: AnyFile()
        )
        do {
            _ = try ConfigurationFile.parse(
                FileContents(bytes: Array(text.utf8)),
                fileName: name,
                sources: sources
            )
        } catch {
            Issue.record("\(error)")
        }
    }

    /// Every path is a file with a secret.
    private struct AnyFile: ConfigurationFileReader {
        func read(_ path: String, limit: Int) throws(FileProblem) -> FileContents {
            FileContents(bytes: Array("battery staple\n".utf8))
        }
    }
}
