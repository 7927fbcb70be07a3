import Foundation
import LocalServices
import MQTTClient
import PDUSimulator
import TestSupport
import Testing

@Suite("The access control list that busbar prints", .timeLimit(.minutes(10)))
struct AccessListTests {
    private static let users = ["busbar", "lab", "viewer", "ci", "ha"]

    @Test("at a real mosquitto every role can do what it is for, and no more")
    func roles() async throws {
        let device = try await Bench.strip()
        let directory = try TemporaryDirectory()
        let program = try TestProgram.path
        var file = AgentFile()
        file.mqtt = ["username: busbar", "password: secret"]
        file.pdus = [AgentFile.strip(device: device)]
        file.lines = ["home_assistant: { enabled: true }"]
        let path = try directory.write(
            file.text(broker: "mqtt://127.0.0.1:1", stateDirectory: directory.path),
            to: "acl.yaml"
        )
        let list = try await Command.run(
            program,
            package: "busbar",
            [
                "acl", "-c", path, "--controller", "lab", "--observer", "viewer", "--grant", "ci=strip/1",
                "--home-assistant", "ha",
            ]
        )
        #expect(list.status == .exited(0), "\(list.error)")
        var configuration = MosquittoConfiguration()
        configuration.users = Dictionary(uniqueKeysWithValues: (Self.users + ["root"]).map { ($0, "secret") })
        configuration.accessControl = list.output + "\nuser root\ntopic readwrite #\n"
        try await Bench.run(configuration, user: ("root", "secret")) { bench in
            let broker = bench.broker.url
            try await bench.start(file)
            try await bench.waitForAvailability("strip", "online")
            let password = try directory.write("secret\n", to: "password")
            func run(_ user: String, _ arguments: String...) async throws -> TerminationStatus {
                try await Command.run(
                    program,
                    package: "busbar",
                    arguments + ["--broker", broker, "--username", user, "--password-file", password],
                    within: .seconds(60)
                ).status
            }
            #expect(try await run("lab", "on", "strip/2") == .exited(0))
            #expect(try await run("ha", "on", "strip/3") == .exited(0))
            #expect(try await run("ci", "on", "strip/1") == .exited(0))
            #expect(try await run("viewer", "status", "strip/1") == .exited(0))
            let mark = device.record.switches.count
            #expect(try await run("ci", "on", "strip/4") == .exited(2))
            #expect(try await run("viewer", "off", "strip/1") == .exited(2))
            #expect(device.record.switches.count == mark)
        }
        await device.stop()
    }

    /// mosquitto refuses a subscription only by this plugin; its `acl_file` grants each and delivers nothing.
    private static let plugin: String? = {
        let libraries = "/usr/lib"
        let directories = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
        return directories.map { "\(libraries)/\($0)/mosquitto_dynamic_security.so" }
            .first(where: FileManager.default.fileExists)
    }()

    @Test(
        "an agent that may not listen to Home Assistant or to other agents is told so once, and switches all the same",
        .enabled(if: plugin != nil, "mosquitto has no dynamic security plugin here")
    )
    func optionalSubscriptions() async throws {
        let device = try await Bench.strip()
        let directory = try TemporaryDirectory()
        let refused = ["homeassistant/status", "lab/agent/+/availability"]
        let rules = refused.map {
            #"{"acltype":"subscribeLiteral","topic":"\#($0)","priority":1,"allow":false}"#
        }
        let security = try directory.write(
            """
            {"defaultACLAccess":{"publishClientSend":true,"publishClientReceive":true,"subscribe":true,"unsubscribe":true},
            "roles":[{"rolename":"most","acls":[\(rules.joined(separator: ","))]}],"clients":[],
            "groups":[{"groupname":"everybody","roles":[{"rolename":"most"}]}],"anonymousGroup":"everybody"}
            """,
            to: "security.json"
        )
        var configuration = MosquittoConfiguration()
        configuration.additionalLines = ["plugin \(try #require(Self.plugin))", "plugin_opt_config_file \(security)"]
        try await Bench.run(configuration) { bench in
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: device)]
            file.lines = ["home_assistant: { enabled: true }"]
            let agent = try await bench.start(file)
            #expect(try await bench.command("strip/1", "ON").status == "done")
            for topic in refused {
                #expect(agent.lines(with: "does not let us subscribe to '\(topic)'").count == 1, "\(agent.log)")
            }
        }
        await device.stop()
    }

    @Test(
        "a grant for what is not in the configuration is refused",
        arguments: [("ci=nowhere/1", 2), ("ci=@none", 2), ("ci", 64), ("=a/1", 2)]
    )
    func refused(_ grant: String, code: Int32) async throws {
        let directory = try TemporaryDirectory()
        var file = AgentFile()
        file.pdus = ["name: strip, driver: energenie, host: 192.0.2.1, password: '1'"]
        let path = try directory.write(file.text(broker: "mqtt://127.0.0.1", stateDirectory: "/tmp"), to: "a.yaml")
        let result = try await Command.run(
            try TestProgram.path,
            package: "busbar",
            ["acl", "-c", path, "--agent", "busbar", "--grant", grant]
        )
        #expect(result.status == .exited(code))
    }
}
