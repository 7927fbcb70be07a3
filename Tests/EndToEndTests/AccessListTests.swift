import LocalServices
import MQTTClient
import PDUSimulator
import TestSupport
import Testing

@Suite("The access control list that busbar prints", .timeLimit(.minutes(2)))
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

    @Test(
        "a grant for what is not in the configuration is refused",
        arguments: ["ci=nowhere/1", "ci=@none", "ci", "=a/1"]
    )
    func refused(_ grant: String) async throws {
        let directory = try TemporaryDirectory()
        var file = AgentFile()
        file.pdus = ["name: strip, driver: energenie, host: 192.0.2.1, password: '1'"]
        let path = try directory.write(file.text(broker: "mqtt://127.0.0.1", stateDirectory: "/tmp"), to: "a.yaml")
        let result = try await Command.run(
            try TestProgram.path,
            package: "busbar",
            ["acl", "-c", path, "--agent", "busbar", "--grant", grant]
        )
        #expect(result.status == .exited(64))
    }
}
