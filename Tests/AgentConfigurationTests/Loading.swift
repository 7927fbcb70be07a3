import AgentConfiguration
import Foundation

/// The repository that the tests belong to.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

func repositoryText(_ path: String) throws -> String {
    try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
}

/// Sources that the example of the repository is content with.
let exampleSources = ConfigurationSources(
    baseDirectory: "/etc/busbar",
    environment: ["RACK2_PRIVACY": "correct horse"],
    hostName: "bench",
    files: Files(others: "battery staple\n")
)

/// Reads a text as `busbar.yaml`.
func load(
    _ text: String,
    sources: ConfigurationSources = exampleSources,
    warn: (ConfigurationIssue) -> Void = { _ in }
) throws(ConfigurationErrors) -> AgentConfiguration {
    try ConfigurationFile.parse(
        FileContents(bytes: Array(text.utf8)),
        fileName: "busbar.yaml",
        sources: sources,
        warn: warn
    )
}

/// What is wrong with a text, as it is printed; empty when nothing is.
func complaints(_ text: String, sources: ConfigurationSources = exampleSources) -> String {
    do {
        _ = try load(text, sources: sources)
        return ""
    } catch {
        return error.description
    }
}
