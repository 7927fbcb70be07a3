import AgentConfiguration
import Foundation
import Power
import Testing

@Suite("The files of conf.d") struct FolderTests {
    private static let main = """
        mqtt: { broker: mqtt://h }
        pdus: [{ name: a, driver: energenie, host: a, password: "${P}" }]
        """

    /// Reads a main file with these files of `conf.d`, none of which is on the disk.
    private func read(_ others: [String: String], after main: String = main) throws(ConfigurationErrors)
        -> AgentConfiguration
    {
        var files = others.mapValues { FileContents(bytes: Array($0.utf8)) }
        files["/nowhere/busbar.yaml"] = FileContents(bytes: Array(main.utf8))
        return try ConfigurationFile.load(
            path: "/nowhere/busbar.yaml",
            environment: ["P": "1"],
            files: ChangedFileReader(files)
        )
    }

    private func mistakes(_ others: [String: String], after main: String = main) -> String {
        do {
            _ = try read(others, after: main)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("PDUs, groups, loads and users of every file are taken, in the order of the files' names")
    func together() throws {
        let configuration = try read([
            "/nowhere/conf.d/20-b.yaml": """
            pdus: [{ name: c, driver: energenie, host: c, password: "1" }]
            loads: { server: { feeds: [a/1, b/1] } }
            users: { anna: { role: view } }
            """,
            "/nowhere/conf.d/10-a.yaml": """
            pdus: [{ name: b, driver: energenie, host: b, password: "1" }]
            groups: { all: { outlets: [a/2, c/2] } }
            users: { ben: { role: operate } }
            """,
            "/nowhere/conf.d/notes.txt": "not for us: [",
            "/nowhere/conf.d/.hidden.yaml": "nor this: [",
            "/nowhere/conf.d/empty.yaml": "# nothing yet\n",
        ])
        #expect(configuration.pdus.map(\.name.rawValue) == ["a", "b", "c"])
        #expect(configuration.groups.map(\.name) == ["all"])
        #expect(configuration.loads.map(\.name) == ["server"])
        #expect(configuration.users?.keys.sorted() == ["anna", "ben"])
    }

    @Test(
        "where each PDU, group, load and user stands is told, of the first that has a name, and of files that can be read"
    )
    func places() {
        let texts = [
            "/nowhere/busbar.yaml": Self.main + "\ngroups:\n  all: { outlets: [a/1] }\n",
            "/nowhere/conf.d/broken.yaml": "loads: [",
            "/nowhere/conf.d/page.yaml":
                "pdus:\n  - name: b\n    host: b\nusers:\n  \"b@c\":\n    role: view\nloads:\ngroups:\n  all: {}\n",
        ]
        let places = ConfigurationFile.places(
            path: "/nowhere/busbar.yaml",
            files: ChangedFileReader(texts.mapValues { FileContents(bytes: Array($0.utf8)) })
        )
        func lines(_ part: ConfigurationFile.Part) -> [String: String] {
            (places[part] ?? [:]).mapValues { "\($0.file.split(separator: "/").last ?? ""):\($0.line)" }
        }
        #expect(lines(.pdus) == ["a": "busbar.yaml:2", "b": "page.yaml:2"])
        #expect(lines(.groups) == ["all": "busbar.yaml:4"])
        #expect(lines(.users) == ["b@c": "page.yaml:5"])
        #expect(places[.loads] == nil)
    }

    @Test("a main file with the broker alone may leave all else to conf.d, also behind keys without a value")
    func brokerAlone() throws {
        let pdus = ["/nowhere/conf.d/page.yaml": "pdus: [{ name: b, driver: energenie, host: b, password: \"1\" }]"]
        #expect(try read(pdus, after: "mqtt: { broker: mqtt://h }").pdus.count == 1)
        #expect(try read(pdus, after: "mqtt: { broker: mqtt://h }\npdus:\n").pdus.count == 1)
        #expect(
            try read(
                pdus.merging(["/nowhere/conf.d/mqtt.yaml": "mqtt: { broker: mqtt://h }"]) { $1 },
                after: "# all is in conf.d"
            ).mqtt.brokers.count == 1
        )
    }

    @Test("the same name in two files is an error that names both files and lines")
    func sameName() {
        #expect(
            mistakes([
                "/nowhere/conf.d/page.yaml":
                    "# by hand\npdus: [{ name: a, driver: energenie, host: x, password: \"1\" }]"
            ])
                == "/nowhere/conf.d/page.yaml:2:10: pdus[0].name: the PDU in /nowhere/busbar.yaml on line 2 has the name "
                + "\"a\" already"
        )
        #expect(
            mistakes([
                "/nowhere/conf.d/a.yaml": "groups: { all: { outlets: [a/1] } }",
                "/nowhere/conf.d/b.yaml": "\ngroups:\n  all: { outlets: [a/2] }",
            ])
                == "/nowhere/conf.d/b.yaml:3:3: groups.all: this key is in /nowhere/conf.d/a.yaml on line 1 already"
        )
    }

    @Test("a setting of the agent itself stands in one file only")
    func once() {
        #expect(
            mistakes(["/nowhere/conf.d/a.yaml": "mqtt: { broker: mqtt://other }"])
                == "/nowhere/conf.d/a.yaml:1:1: mqtt: this key is in /nowhere/busbar.yaml on line 1 already, and may stand "
                + "in one file only"
        )
    }

    @Test("mistakes name their file, those of the main file first, and places count within each file")
    func mistakesNameTheirFile() {
        #expect(
            mistakes(
                [
                    "/nowhere/conf.d/a.yaml": "pdus: [{ name: b, driver: energenie, host: b }]",
                    "/nowhere/conf.d/b.yaml": "nonsense: 1",
                ],
                after:
                    "mqtt: { broker: mqtt://h }\npdus: [{ name: a, driver: energenie, host: a, password: \"1\", prot: 1 }]"
            ).split(separator: "\n").map { $0.prefix { $0 != " " } } == [
                "/nowhere/busbar.yaml:2:62:", "/nowhere/conf.d/a.yaml:1:8:", "/nowhere/conf.d/b.yaml:1:1:",
            ]
        )
        #expect(
            mistakes(["/nowhere/conf.d/a.yaml": "pdus: {}"])
                == "/nowhere/conf.d/a.yaml:1:7: pdus: expected a list as in /nowhere/busbar.yaml on line 2, found keys with "
                + "values"
        )
        #expect(
            mistakes(["/nowhere/conf.d/a.yaml": "a:\n\tb"])
                .hasPrefix("/nowhere/conf.d/a.yaml:2:1: not valid YAML: a tab")
        )
        #expect(
            mistakes(["/nowhere/conf.d/a.yaml": "- b"])
                == "/nowhere/conf.d/a.yaml:1:1: expected keys with values, found a list"
        )
    }

    @Test("files on the disk are read, with paths from the main file's folder, and public secrets are warned of")
    func onDisk() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("busbar-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("conf.d/keys"),
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ text: String, _ name: String, mode: Int) throws {
            let file = folder.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        }
        try write("mqtt: { broker: mqtt://h }\n", "busbar.yaml", mode: 0o644)
        try write("secret\n", "conf.d/keys/b", mode: 0o600)
        try write(
            "pdus:\n  - { name: b, driver: energenie, host: b, password_file: conf.d/keys/b }\n"
                + "  - { name: c, driver: energenie, host: c, password: \"1\" }\n",
            "conf.d/b.yaml",
            mode: 0o644
        )
        var warnings: [ConfigurationIssue] = []
        let path = folder.appendingPathComponent("busbar.yaml").path
        let configuration = try ConfigurationFile.load(path: path, environment: [:]) { warnings.append($0) }
        #expect(configuration.pdus.count == 2)
        #expect(warnings.map(\.file) == [folder.path + "/conf.d/b.yaml"])
        #expect(warnings.map(\.keyPath) == ["pdus[1].password"])
    }
}
