import LocalServices
import PDUSimulator
import TestSupport
import Testing

@Suite("On the command line", .timeLimit(.minutes(10)))
struct CommandLineTests {
    private func busbar(_ arguments: String...) async throws -> (status: TerminationStatus?, text: String) {
        let child = try await ChildProcess.start(try TestProgram.path, arguments)
        let status = await child.waitForExit(within: .seconds(30))
        return (status, child.standardOutput + child.standardError)
    }

    @Test("help says what there is and how to begin, and is no failure", arguments: ["--help", "-h", "help"])
    func help(word: String) async throws {
        let answer = try await busbar(word)
        #expect(answer.status == .exited(0))
        for text in ["agent", "check", "demo", "simulate", "busbar init --config busbar.yaml"] {
            #expect(answer.text.contains(text), "\(text)")
        }
    }

    @Test("the agent's own help names its exit codes and signals")
    func agentHelp() async throws {
        let answer = try await busbar("agent", "--help")
        #expect(answer.status == .exited(0))
        for text in ["SIGHUP", "SIGTERM", "64", "78", "--config", "--log-level"] { #expect(answer.text.contains(text)) }
    }

    @Test("wrong usage ends with 64 and says what would be right")
    func wrongUsage() async throws {
        for arguments in [
            ["agent", "--confg", "x"], ["explode"], ["agent", "--log-level", "loud"], ["check", "a.yaml", "b.yaml"],
        ] {
            let child = try await ChildProcess.start(try TestProgram.path, arguments)
            #expect(await child.waitForExit(within: .seconds(30)) == .exited(64), "\(arguments)")
            #expect(child.standardError.contains("Usage:") || child.standardError.contains("help"), "\(arguments)")
        }
    }

    @Test(
        "a missing file, an unknown key and other mistakes end with 78, by file, line and key",
        arguments: ["agent", "check"]
    )
    func badConfiguration(command: String) async throws {
        let directory = try TemporaryDirectory(prefix: "e2e")
        func run(_ path: String) async throws -> (status: TerminationStatus?, text: String) {
            command == "agent" ? try await busbar("agent", "--config", path) : try await busbar("check", path)
        }
        let missing = try await run(directory.path(of: "nowhere.yaml"))
        #expect(missing.status == .exited(78))
        #expect(
            missing.text.contains("nowhere.yaml") && missing.text.contains("there is no such file"),
            "\(missing.text)"
        )

        let wrong = try directory.write(
            """
            mqtt: { broker: "mqtt://127.0.0.1:1" }
            polll: { interval: 1s }
            pdus:
              - { name: strip, driver: energenie, host: 127.0.0.1, pasword: secret-word }
            """,
            to: "wrong.yaml"
        )
        let unknown = try await run(wrong)
        #expect(unknown.status == .exited(78))
        #expect(unknown.text.contains("wrong.yaml:2:1: polll: unknown key; did you mean \"poll\"?"), "\(unknown.text)")
        #expect(unknown.text.contains("wrong.yaml:4:") && unknown.text.contains("\"password\""), "\(unknown.text)")
        #expect(!unknown.text.contains("secret-word"))

        let directoryItself = try await run(directory.path)
        #expect(directoryItself.status == .exited(78), "\(directoryItself.text)")
    }

    @Test("a good file is called good, with what is in it")
    func goodConfiguration() async throws {
        let directory = try TemporaryDirectory(prefix: "e2e")
        let path = try directory.write(
            """
            mqtt: { broker: "mqtt://127.0.0.1:1" }
            pdus:
              - { name: strip, driver: energenie, host: 127.0.0.1, password: "1" }
            """,
            to: "good.yaml"
        )
        let answer = try await busbar("check", path)
        #expect(answer.status == .exited(0) && answer.text.contains("is good"), "\(answer.text)")
    }

    @Test("a model file that is not there or not right is told before anything runs", arguments: ["agent", "check"])
    func badModel(command: String) async throws {
        let directory = try TemporaryDirectory(prefix: "e2e")
        let path = try directory.write(
            """
            agent: { state_directory: \(directory.path) }
            mqtt: { broker: "mqtt://127.0.0.1:1" }
            pdus:
              - { name: p, driver: snmp, model: ./mine.yaml, host: 127.0.0.1, version: 2c, community: c }
            """,
            to: "model.yaml"
        )
        let arguments = command == "agent" ? ["agent", "--config", path] : ["check", path]
        let child = try await ChildProcess.start(try TestProgram.path, arguments)
        #expect(await child.waitForExit(within: .seconds(30)) == .exited(78))
        #expect(child.standardError.contains("mine.yaml"), "\(child.standardError)")
    }

    @Test("check compares every PDU with its model, and tells of all at once what does not fit")
    func modelsCompared() async throws {
        let directory = try TemporaryDirectory(prefix: "e2e")
        let access = "driver: snmp, host: 192.0.2.1, version: 2c, community: c"
        let path = try directory.write(
            """
            mqtt: { broker: "mqtt://127.0.0.1:1" }
            pdus:
              - { name: unit, \(access), model: apc-rpdu, index: { unit: 2 } }
              - { name: port, \(access), model: cyclades-acs }
              - { name: word, \(access), model: raritan-px2, index: { pdu: second } }
              - { name: chain, \(access), model: chatsworth-econnect, index: { mac: "000ED3AABBCC" } }
            """,
            to: "compared.yaml"
        )
        let answer = try await busbar("check", path)
        #expect(answer.status == .exited(78))
        for text in [
            "pdus unit: model apc-rpdu has no index part unit: it has none",
            "pdus port: model cyclades-acs needs the index part port",
            "pdus word: model raritan-px2 takes a number as index part pdu",
        ] {
            #expect(answer.text.contains(text), "\(answer.text)")
        }
        #expect(!answer.text.contains("chain"))
    }

    @Test("the version is told")
    func version() async throws {
        let answer = try await busbar("--version")
        #expect(answer.status == .exited(0) && answer.text.split(separator: ".").count == 3)
    }

    @Test("the demo runs without any hardware, says what to try, and what it says works")
    func demo() async throws {
        let demo = try await ChildProcess.start(try TestProgram.path, ["demo"], input: .pipe)
        defer { demo.signal(9) }
        #expect(await demo.waitForOutput(containing: "Ctrl-C ends the demo.", within: .seconds(50)))
        let guide = demo.standardOutput
        let port = try #require(guide.firstMatch(of: /mosquitto on port ([0-9]+)/)?.1)
        try await TestObserver.run("mqtt://127.0.0.1:\(port)") { observer in
            try await observer.message(on: "lab/agent/demo/availability") { $0 == "online" }
            for (topic, payload) in [
                ("lab/pdu/bench/outlet/1", "ON"), ("lab/pdu/rack1/outlet/3", #"{"action":"ON","id":"try-1"}"#),
                ("lab/group/board", "ON"),
            ] {
                let mark = observer.mark
                try await observer.send("\(topic)/set", payload)
                let result = try await observer.message(on: "\(topic)/result", from: mark)
                #expect(try Answer.read(result.text).verdict == "done")
            }
            let mark = observer.mark
            try await observer.send("lab/pdu/bench/outlet/4/set", "OFF")
            let refused = try await observer.message(on: "lab/pdu/bench/outlet/4/result", from: mark)
            #expect(try Answer.read(refused.text).verdict == "rejected/protected")

            let before = observer.mark
            try demo.write("press 2\n")
            try await observer.message(on: "lab/pdu/bench/outlet/2/state", from: before) { $0 == "ON" }
        }
        demo.signal(2)
        #expect(await demo.waitForExit(within: .seconds(30)) == .exited(0))
        #expect(demo.standardOutput.contains("The demo has ended."))
        // A busy machine holds the loop up, and the agent says so.
        let warnings = demo.standardError.split(separator: "\n").filter { $0.contains("WARNING") }
        #expect(warnings.allSatisfy { $0.contains("the loop was busy") }, "\(demo.standardError)")
    }
}
