import Foundation
import LocalServices
import MQTTClient
import PDUSimulator
import TestSupport
import Testing

@Suite("Users, from the command line to a real broker", .timeLimit(.minutes(10)))
struct UserTests {
    private static func busbar(_ arguments: [String]) async throws -> LocalServices.Command.Result {
        try await Command.run(try TestProgram.path, package: "busbar", arguments, within: .seconds(120))
    }

    @Test("with the list that busbar acl prints, mosquitto proves three users, and the agent holds each to its scope")
    func threeUsers() async throws {
        let device = try await Bench.strip()
        let directory = try TemporaryDirectory()
        let state = try TemporaryDirectory()
        let users = directory.path(of: "users.yaml")
        for arguments in [
            ["anna", "--role", "operate", "--scope", "strip/1"], ["bob", "--role", "view"],
            ["carol", "--role", "admin", "--token"],
        ] {
            let added = try await Self.busbar(["user", "add"] + arguments + ["--file", users])
            #expect(added.status == .exited(0), "\(added.error)")
        }
        var file = AgentFile()
        file.mqtt = ["username: busbar", "password: secret", "require_user: true"]
        file.pdus = [AgentFile.strip(device: device)]
        file.lines = ["users_file: '\(users)'"]
        let path = try directory.write(
            file.text(broker: "mqtt://127.0.0.1:1", stateDirectory: state.path),
            to: "acl.yaml"
        )
        let list = try await Self.busbar(["acl", "-c", path])
        #expect(list.status == .exited(0), "\(list.error)")
        #expect(list.output.contains("pattern write lab/user/%u/#"))
        var configuration = MosquittoConfiguration()
        let names = ["busbar", "anna", "bob", "carol", "mallory", "root"]
        configuration.users = Dictionary(uniqueKeysWithValues: names.map { ($0, "secret") })
        configuration.accessControl = list.output + "\nuser root\ntopic readwrite #\n"
        try await Bench.run(configuration, user: ("root", "secret")) { bench in
            try await bench.start(file)
            try await bench.waitForAvailability("strip", "online")
            let password = try directory.write("secret\n", to: "password")
            func run(_ user: String, as other: String? = nil, _ arguments: String...) async throws
                -> LocalServices.Command.Result
            {
                try await Self.busbar(
                    arguments + [
                        "--broker", bench.broker.url, "--username", user, "--password-file", password, "--as",
                        other ?? user, "--json",
                    ]
                )
            }
            let one = try await run("anna", "on", "strip/1")
            #expect(one.status == .exited(0), "\(one.error)")
            #expect(one.output.contains(#""user":"anna""#))
            #expect(one.output.contains(#""door":"mqtt""#))
            #expect(try await run("carol", "on", "strip/2").status == .exited(0))
            let mark = device.record.switches.count
            // Who sees an outlet and may not switch it is told so.
            let refused = try await run("bob", "on", "strip/3")
            #expect(refused.status != .exited(0))
            #expect(refused.output.contains("unauthorized"))
            // Beyond its scope a user does not hear the answer either; and what one writes as another the broker drops.
            #expect(try await run("anna", "on", "strip/3", "--timeout", "2").status != .exited(0))
            #expect(try await run("anna", as: "carol", "off", "strip/1", "--timeout", "2").status != .exited(0))
            // Root may write everywhere; a plain topic is refused all the same, and so is somebody whom the agent does not know.
            let answer = try await bench.command("strip/1", "OFF")
            #expect(answer.status == "rejected")
            #expect(answer.error?.code == "unauthorized")
            #expect(try await run("root", as: "mallory", "off", "strip/1").output.contains("unauthorized"))
            #expect(device.record.switches.count == mark)

            let log = try await Self.busbar([
                "log", "--state-directory", bench.directory.path(of: "state-\(file.id)"), "--user", "bob", "--json",
            ])
            #expect(log.output.contains(#""code":"unauthorized""#), "\(log.output)\(log.error)")
            #expect(!log.output.contains(#""user":"anna""#))
        }
        await device.stop()
    }

    @Test("busbar user keeps a file that its owner alone may read, shows a token once, and takes users out again")
    func commands() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.path(of: "users.yaml")
        let added = try await Self.busbar([
            "user", "add", "ci", "--role", "operate", "--scope", "rack1/*", "--force", "--token", "--file", file,
        ])
        #expect(added.status == .exited(0), "\(added.error)")
        let token = try #require(added.error.split(separator: "\n").last)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(!text.contains(token))
        #expect(text.contains("token_hash: [\"sha256:"))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let password = try directory.write("correct horse\n", to: "password")
        let anna = try await Self.busbar([
            "user", "add", "anna", "--role", "view", "--password-file", password, "--file", file,
        ])
        #expect(anna.status == .exited(0), "\(anna.error)")
        let list = try await Self.busbar(["user", "list", "--file", file]).output
        #expect(list.split(separator: "\n").map { $0.prefix { $0 != " " } } == ["NAME", "anna", "ci"])
        #expect(list.contains("password") && list.contains("token"))
        // A new name keeps everything else; one that is taken, is none or is not there changes nothing.
        let before = try String(contentsOfFile: file, encoding: .utf8)
        for (name, new, code) in [("ci", "anna", Int32(1)), ("none", "x", 1), ("ci", "a b", 64)] {
            let refused = try await Self.busbar(["user", "rename", name, new, "--file", file])
            #expect(refused.status == .exited(code), "\(refused.error)")
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
        let renamed = try await Self.busbar(["user", "rename", "ci", "builds", "--file", file])
        #expect(renamed.status == .exited(0), "\(renamed.error)")
        let after = try String(contentsOfFile: file, encoding: .utf8)
        #expect(after == before.replacing("\"ci\":", with: "\"builds\":"))
        #expect(try await Self.busbar(["user", "rename", "builds", "ci", "--file", file]).status == .exited(0))
        #expect(try await Self.busbar(["user", "remove", "ci", "--file", file]).status == .exited(0))
        #expect(try await Self.busbar(["user", "remove", "ci", "--file", file]).status == .exited(1))
        // The hashes are random, and may hold these two letters.
        #expect(try !String(contentsOfFile: file, encoding: .utf8).contains("\"ci\""))
        let printed = try await Self.busbar(["user", "add", "x", "--role", "view", "--print"])
        #expect(printed.output == "users:\n  \"x\":\n    role: view\n")
        for wrong in [["a b", "--role", "view"], ["a", "--role", "king"], ["a", "--role", "view", "--scope", "a/b"]] {
            #expect(try await Self.busbar(["user", "add"] + wrong).status == .exited(64))
        }
    }
}
