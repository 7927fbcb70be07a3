import Foundation
import PackagePlugin

/// Has the build write the page, the description of the interface and the built-in models into the program.
@main
struct EmbedFiles: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let root = context.package.directoryURL
        switch target.name {
        case "AgentWeb":
            let page = try files(of: root.appending(path: "Sources/AgentWeb/Page"))
            return [command("PageFiles", page + [root.appending(path: "docs/openapi.yaml")], context)]
        case "SNMPDriver":
            return [command("ModelFiles", try files(of: root.appending(path: "Sources/SNMPDriver/Models")), context)]
        default:
            return []
        }
    }

    private func files(of folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { !$0.lastPathComponent.hasPrefix(".") }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    private func command(_ name: String, _ files: [URL], _ context: PluginContext) -> Command {
        let script = context.package.directoryURL.appending(path: "scripts/embed-files")
        let output = context.pluginWorkDirectoryURL.appending(path: "\(name).swift")
        return .buildCommand(
            displayName: "Embedding \(name)",
            executable: script,
            arguments: [name, output.path] + files.map(\.path),
            inputFiles: [script] + files,
            outputFiles: [output]
        )
    }
}
