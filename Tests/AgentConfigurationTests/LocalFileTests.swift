import AgentConfiguration
import Foundation
import Testing

@Suite struct LocalFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("busbar-\(UUID().uuidString)")

    private func withFolder(_ body: (URL) throws -> Void) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func write(_ text: String, _ url: URL, mode: Int) throws {
        try Data(text.utf8).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
    }

    @Test("a file is read with the secrets beside it, and a reload sees what changed")
    func loads() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("busbar.yaml")
            try write(
                "mqtt: { broker: mqtt://h }\npdus: [{ name: a, driver: energenie, host: h, password_file: keys/a }]\n",
                file,
                mode: 0o644
            )
            let secret = folder.appendingPathComponent("keys/a")
            try FileManager.default.createDirectory(
                at: secret.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try write("one\n", secret, mode: 0o600)
            let first = try ConfigurationFile.load(path: file.path, environment: [:])
            #expect(try ConfigurationFile.load(path: file.path, environment: [:]) == first)
            try write("two\n", secret, mode: 0o604)
            var warnings: [ConfigurationIssue] = []
            let second = try ConfigurationFile.load(path: file.path, environment: [:]) { warnings.append($0) }
            #expect(second != first)
            #expect(warnings.map(\.keyPath) == ["pdus[0].password_file"])
        }
    }

    @Test("a file that is not there is told by its name")
    func missing() throws {
        let errors = try #require(throws: ConfigurationErrors.self) {
            try ConfigurationFile.load(path: "/nowhere/busbar.yaml", environment: [:])
        }
        #expect(errors.description == "/nowhere/busbar.yaml:1:1: cannot read the file: there is no such file")
    }

    @Test("what is not a regular file of a fitting size is refused without waiting")
    func irregular() throws {
        try withFolder { folder in
            let reader = LocalFileReader()
            let pipe = folder.appendingPathComponent("pipe").path
            #expect(mkfifo(pipe, 0o600) == 0)
            let file = folder.appendingPathComponent("file")
            try write("12345", file, mode: 0o600)
            #expect(
                problem { () throws(FileProblem) in _ = try reader.read(pipe, limit: 10) } == "it is not a regular file"
            )
            #expect(
                problem { () throws(FileProblem) in _ = try reader.read(folder.path, limit: 10) } == "it is a folder"
            )
            #expect(
                problem { () throws(FileProblem) in _ = try reader.read(file.path, limit: 4) } == "it is larger than 4B"
            )
            #expect(try reader.read(file.path, limit: 5).bytes == Array("12345".utf8))
            #expect(try !reader.read(file.path, limit: 5).isWorldReadable)
        }
    }

    private func problem(_ body: () throws(FileProblem) -> Void) -> String? {
        do throws(FileProblem) {
            try body()
            return nil
        } catch {
            return error.message
        }
    }
}
