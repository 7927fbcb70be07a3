import Foundation
import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("What commands print, and how they end", .timeLimit(.minutes(10)))
struct CommandOutputTests {
    private func busbar(
        _ arguments: [String],
        _ environment: [String: String] = [:]
    ) async throws -> LocalServices.Command.Result {
        try await LocalServices.Command.run(
            try TestProgram.path,
            package: "busbar",
            arguments,
            environment: environment,
            within: .seconds(120)
        )
    }

    private func busbar(_ bench: Bench, _ arguments: String...) async throws -> LocalServices.Command.Result {
        try await busbar(arguments, ["BUSBAR_BROKER": bench.broker.url])
    }

    private func file(_ device: SimulatedEnerGenie) -> AgentFile {
        var file = AgentFile()
        file.pdus = [
            AgentFile.strip(device: device, "outlets: { 1: { label: 'DUT, A' }, 4: { protected: true } }")
        ]
        file.groups = ["pair: { label: Two, outlets: [strip/1, strip/2], stagger: 0s }"]
        file.loads = ["server: { feeds: [strip/3] }"]
        return file
    }

    /// Commands that need nothing but a broker, with what makes each of them complete.
    private static let remote = [
        ["list"], ["status"], ["get", "a/1"], ["wait", "a/1", "--state", "on"], ["watch", "--for", "1"], ["on", "a/1"],
        ["off", "a/1"], ["toggle", "a/1"], ["cycle", "a/1"],
    ]
    /// Commands that cannot do without a configuration.
    private static let local = [
        ["agent"], ["check"], ["health"], ["reload"], ["log"], ["acl"],
        ["verify-device", "a", "--outlet", "1"], ["status", "--direct"], ["on", "--direct", "a/1"],
    ]

    @Test("a configuration that is missing or wrong ends every command with 78", arguments: remote + local)
    func badConfiguration(command: [String]) async throws {
        let directory = try TemporaryDirectory(prefix: "e2e")
        let wrong = try directory.write("mqtt: { brokr: x }\n", to: "wrong.yaml")
        for path in [directory.path(of: "nowhere.yaml"), wrong] {
            let byOption = try await busbar(command + ["--config", path])
            #expect(byOption.status == .exited(78) && byOption.error.contains(path), "\(byOption.error)")
            let byVariable = try await busbar(command, ["BUSBAR_CONFIG": path])
            #expect(byVariable.status == .exited(78) && byVariable.error.contains(path), "\(byVariable.error)")
        }
    }

    @Test("a file with a secret that cannot be read ends every command with 78")
    func missingSecret() async throws {
        for command in Self.remote {
            let run = try await busbar(command + ["--password-file", "/nowhere/at-all"])
            #expect(run.status == .exited(78), "\(command): \(run.error)")
            #expect(run.error.contains("/nowhere/at-all cannot be read"), "\(command): \(run.error)")
        }
        for command in [
            ["probe", "127.0.0.1", "--community-file"], ["scan", "127.0.0.1/32", "--community-file"],
            ["probe", "127.0.0.1", "--password-file"],
        ] {
            #expect(try await busbar(command + ["/nowhere/at-all"]).status == .exited(78), "\(command)")
        }
    }

    @Test("wrong usage ends every command with 64, and a broker that is not there with 3", arguments: remote)
    func usage(command: [String]) async throws {
        #expect(try await busbar(command + ["--no-such-option"]).status == .exited(64))
        let port = try FreePort.tcp()
        let away = try await busbar(command + ["--broker", "mqtt://127.0.0.1:\(port)"])
        #expect(away.status == .exited(3) && away.error.hasPrefix("busbar: "), "\(away.error)")
    }

    @Test("lists have PDUs, loads and groups by their names, in every form, and no colour in a pipe")
    func listing() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            try await bench.start(file(device))
            try await bench.observer.message(on: "lab/load/server/state")
            let all = try await busbar(bench, "list", "-o", "name")
            #expect(
                all.output == "strip/1\nstrip/2\nstrip/3\nstrip/4\nload:server\n@pair\n",
                "\(all.output)\(all.error)"
            )
            let one = try await busbar(bench, "list", "strip")
            #expect(one.status == .exited(0) && one.output.split(separator: "\n").count == 5, "\(one.error)")
            #expect(one.output.contains("protected") && !one.output.contains("\u{1B}"))
            let group = try await busbar(bench, "list", "@pair", "-o", "yaml")
            #expect(group.output.contains("- group: pair\n  label: Two\n  outlets:\n    - strip/1\n    - strip/2\n"))
            #expect(group.output.contains("  online: true\n"), "\(group.output)")
            let nobody = try await busbar(bench, "status", "nobody")
            #expect(nobody.status == .exited(2))

            #expect(try await busbar(bench, "on", "strip/2").status == .exited(0))
            let folded = try await busbar(bench, "status", "strip", "-o", "folded")
            #expect(folded.output == "strip/[1,3-4]: OFF\nstrip/2: ON\n", "\(folded.output)")
            let csv = try await busbar(bench, "status", "@pair", "-o", "csv", "--columns", "outlet,label,state")
            #expect(csv.output == "outlet,label,state\nstrip/1,\"DUT, A\",OFF\nstrip/2,Outlet 2,ON\n", "\(csv.output)")
            let sorted = try await busbar(
                bench,
                "status",
                "strip",
                "--columns",
                "outlet,state",
                "--sort",
                "state",
                "--reverse"
            )
            #expect(sorted.output.split(separator: "\n")[1].contains("ON"), "\(sorted.output)")
            let column = try await busbar(bench, "status", "--columns", "colour")
            #expect(column.status == .exited(64) && column.error.contains("there are outlet, label"), "\(column.error)")

            let together = try await busbar(bench, "off", "strip/*", "-o", "folded")
            #expect(together.status == .exited(2))
            #expect(
                together.output == """
                    strip/[1-3]: done  OFF
                    strip/4: rejected  protected: the outlet is protected; give --force

                    """,
                "\(together.output)"
            )
        }
        await device.stop()
    }

    @Test("who gives a command is the user and the host, unless it is said")
    func sender() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            try await bench.start(file(device))
            let mark = bench.observer.mark
            _ = try await busbar(bench, "on", "strip/1")
            let by = try await bench.answer("strip/1", from: mark).by
            #expect(by == "\(NSUserName())@\(ProcessInfo.processInfo.hostName.split(separator: ".")[0])", "\(by ?? "")")
            let next = bench.observer.mark
            _ = try await busbar(bench, "off", "strip/1", "--by", "night-job")
            #expect(try await bench.answer("strip/1", from: next).by == "night-job")
        }
        await device.stop()
    }

    @Test("without broker and agent, states are read and loads are switched as one")
    func direct() async throws {
        let bed = try await LoadBed()
        let directory = try TemporaryDirectory(prefix: "e2e")
        var text = bed.file
        text.groups = ["pair: { outlets: [strip/3, load:server], stagger: 0s }"]
        let path = try directory.write(
            text.text(broker: "mqtt://127.0.0.1:1", stateDirectory: directory.path),
            to: "busbar.yaml"
        )
        let environment = ["BUSBAR_CONFIG": path]
        let status = try await busbar(["status", "--direct", "-o", "folded"], environment)
        #expect(status.status == .exited(0), "\(status.error)")
        #expect(status.output == "rack/[1-3]: ON\nstrip/[1-4]: ON\nload:server: ON\n", "\(status.output)")
        let list = try await busbar(["list", "--direct", "@pair", "-o", "name"], environment)
        #expect(list.output == "strip/3\nload:server\n@pair\n", "\(list.output)\(list.error)")

        let cycle = try await busbar(["cycle", "--direct", "load:server", "--off-time", "0.5"], environment)
        #expect(cycle.status == .exited(0), "\(cycle.output)\(cycle.error)")
        #expect(Set(bed.words.prefix(2)) == ["s0", "r0"] && bed.states == [.on, .on], "\(bed.words)")
        let off = try await busbar(["off", "--direct", "@pair"], environment)
        #expect(off.status == .exited(0) && off.output.contains("load:server  done  OFF"), "\(off.output)\(off.error)")
        #expect(bed.states == [.off, .off] && bed.strip.states[2] == .off)
        let unknown = try await busbar(["on", "--direct", "load:none"], environment)
        #expect(unknown.status == .exited(2) && unknown.error.contains("there are load:server"), "\(unknown.error)")
        await bed.rack.stop()
        await bed.strip.stop()
    }

    @Test("reload tells whether the agent took the new configuration, and leaves it alone when the file has mistakes")
    func reload() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            var file = file(device)
            try await bench.start(file)
            let path = bench.directory.path(of: "bench-1.yaml")
            file.groups.append("new: { outlets: [strip/4] }")
            try bench.write(file)
            let good = try await busbar(["reload", "--config", path])
            #expect(good.status == .exited(0) && good.output.contains("is in force"), "\(good.error)")
            try await bench.observer.message(on: "lab/agent/bench-1/info") { $0.contains("\"new\"") }
            file.mqtt = ["client_id: another"]
            try bench.write(file)
            let later = try await busbar(["reload", "--config", path])
            #expect(later.output.contains("Changes under mqtt take effect at the next start."), "\(later.output)")
            file.lines = ["wrong: 1"]
            try bench.write(file)
            #expect(try await busbar(["reload", "--config", path]).status == .exited(78))
        }
        let directory = try TemporaryDirectory(prefix: "e2e")
        let text = file(device).text(broker: "mqtt://127.0.0.1:1", stateDirectory: directory.path)
        let path = try directory.write(text, to: "busbar.yaml")
        #expect(try await busbar(["reload", "--config", path]).status == .exited(3), "no agent runs")
        await device.stop()
    }

    @Test("the audit trail of an agent elsewhere is shown by HTTP, in the reader's time zone")
    func remoteLog() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            var file = file(device)
            let port = try FreePort.tcp()
            file.lines = ["web: { listen: 127.0.0.1:\(port), token: long-secret-word }"]
            try await bench.start(file)
            _ = try await bench.command("strip/1", #"{"action":"ON","by":"night-job"}"#)
            let place = ["log", "--url", "http://127.0.0.1:\(port)"]
            let open = ["BUSBAR_TOKEN": "long-secret-word", "TZ": "Asia/Tokyo"]
            let outlet = try await busbar(place + ["strip/1"], open)
            #expect(outlet.status == .exited(0), "\(outlet.error)")
            #expect(outlet.output.contains("night-job"), "\(outlet.output)")
            #expect(outlet.output.contains("+09:00 strip/1"), "\(outlet.output)")
            let all = try await busbar(place + ["--json", "--by", "night-job"], open)
            #expect(all.output.split(separator: "\n").count == 1, "\(all.output)\(all.error)")
            #expect(all.output.contains("Z\""), "\(all.output)")
            #expect(try await busbar(place).status == .exited(2), "without the token")
            #expect(try await busbar(place + ["nowhere/1"], open).status == .exited(2))
            let away = ["log", "--url", "http://127.0.0.1:\(try FreePort.tcp())"]
            #expect(try await busbar(away, open).status == .exited(3))
        }
        await device.stop()
    }

    @Test("the audit trail is shown over TLS to who has the authority; others are told what to give")
    func remoteLogByTLS() async throws {
        let certificates = try await Certificates()
        let device = try await Bench.strip()
        try await Bench.run { bench in
            var file = file(device)
            let port = try FreePort.tcp()
            let (certificate, key) = (certificates.certificate("broker"), certificates.key("broker"))
            file.lines = [
                "web: { listen: '127.0.0.1:\(port)', tls: { certificate_file: \(certificate), key_file: \(key) } }"
            ]
            try await bench.start(file)
            _ = try await bench.command("strip/1", #"{"action":"ON","by":"night-job"}"#)
            let place = ["log", "--url", "https://127.0.0.1:\(port)"]
            let known = try await busbar(place + ["--ca-file", certificates.authority], [:])
            #expect(known.status == .exited(0) && known.output.contains("night-job"), "\(known.error)")
            let unknown = try await busbar(place, [:])
            #expect(unknown.status == .exited(3) && unknown.error.contains("--ca-file"), "\(unknown.error)")
            let empty = try await busbar(place + ["--ca-file", key], [:])
            #expect(empty.status == .exited(2) && empty.error.contains(key), "\(empty.error)")
        }
        await device.stop()
    }

    @Test("models are found by what is printed on the device")
    func models() async throws {
        let found = try await busbar(["models", "AP79", "-o", "name"])
        #expect(found.status == .exited(0) && found.output.contains("apc-rpdu\n"), "\(found.output)")
        #expect(try await busbar(["models", "toaster"]).status == .exited(1))
    }

    @Test("get has the device read now, wait ends when the state is there, and says what is missing when it is not")
    func waiting() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            var file = file(device)
            file.pdus = [AgentFile.strip(device: device, "poll: { interval: 1h }")]
            try await bench.start(file)
            device.press(2)
            let old = try await busbar(bench, "status", "strip/2", "-o", "folded")
            #expect(old.output == "strip/2: OFF\n")
            let new = try await busbar(bench, "get", "strip/2", "-o", "folded")
            #expect(new.status == .exited(0) && new.output == "strip/2: ON\n", "\(new.output)\(new.error)")

            let late = try await busbar(bench, "wait", "strip/1", "strip/2", "--state", "on", "--timeout", "1")
            #expect(late.status == .exited(1) && late.error.contains("within 1.0 s: strip/1\n"), "\(late.error)")
            let child = try await ChildProcess.start(
                try TestProgram.path,
                ["wait", "strip/1", "load:server", "--state", "on", "--broker", bench.broker.url, "--timeout", "100"]
            )
            _ = try await bench.command("strip/1", "ON")
            _ = try await bench.command("strip/3", "ON")
            #expect(await child.waitForExit(within: .seconds(100)) == .exited(0), "\(child.standardError)")
            #expect(child.standardOutput == "strip/1: on\nload:server: on\n", "\(child.standardOutput)")
        }
        await device.stop()
    }
}
