import Foundation
import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("Protections", .timeLimit(.minutes(10)))
struct ProtectionTests {
    @Test("a protected outlet wants force, one that must not go off never does")
    func protected() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            try await bench.start(
                AgentFile.strip(device: strip, "outlets: { 1: { protected: true }, 2: { off_forbidden: true } }")
            )
            #expect(try await bench.command("strip/1", "OFF").verdict == "rejected/protected")
            #expect(
                try await bench.command("strip/1", #"{"action":"OFF","force":false}"#).verdict == "rejected/protected"
            )
            #expect(try await bench.command("strip/1", #"{"action":"OFF","force":true}"#).verdict == "done")
            for command in ["OFF", "CYCLE", "TOGGLE"] {
                let forced = #"{"action":"\#(command)","force":true}"#
                #expect(try await bench.command("strip/2", forced).verdict == "rejected/protected", "\(command)")
            }
            #expect(try await bench.command("strip/2", "ON").verdict == "done")
            #expect(strip.record.switches == ["1=0", "2=1"])
        }
    }

    @Test("an outlet that was cycled too often or has to stay as it is says until when")
    func limits() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            try await bench.start(
                AgentFile.strip(
                    device: strip,
                    "outlets: { 1: { max_cycles_per_hour: 1 }, 2: { min_off_time: 1h } }"
                )
            )
            let cycle = #"{"action":"CYCLE","off_time":0.1}"#
            #expect(try await bench.command("strip/1", cycle).verdict == "done")
            let limited = try await bench.command("strip/1", cycle)
            #expect(limited.verdict == "rejected/rate_limited" && limited.error?.until != nil)
            #expect(try await bench.command("strip/2", "OFF").verdict == "done")
            let locked = try await bench.command("strip/2", "ON")
            #expect(locked.verdict == "rejected/locked_out" && locked.error?.until != nil)
            #expect(strip.record.switches == ["1=0", "1=1", "2=0"])
        }
    }

    @Test("what limits count goes on across a stop and across a sudden death", arguments: ["stop", "kill"])
    func limitsAcrossARestart(end: String) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [
                AgentFile.strip(
                    device: strip,
                    "outlets: { 1: { max_cycles_per_hour: 2 }, 2: { min_off_time: 1h }, 3: { min_on_time: 1h } }"
                )
            ]
            strip.press(3)
            let agent = try await bench.start(file)
            let cycle = #"{"action":"CYCLE","off_time":0.1}"#
            #expect(try await bench.command("strip/1", cycle).verdict == "done")
            #expect(try await bench.command("strip/2", "OFF").verdict == "done")
            #expect(try await bench.command("strip/3", "ON").verdict == "done")
            #expect(try await bench.command("strip/1", cycle).verdict == "done")
            let limited = [("strip/1", cycle), ("strip/2", "ON"), ("strip/3", "OFF"), ("strip/2", "TOGGLE")]
            var before: [Answer] = []
            for (outlet, command) in limited { before.append(try await bench.command(outlet, command)) }
            #expect(before.map(\.error?.code) == ["rate_limited", "locked_out", "locked_out", "locked_out"])
            if end == "kill" { await agent.kill() } else { #expect(await agent.stop() == .exited(0)) }
            try await bench.start(file)
            for ((outlet, command), before) in zip(limited, before) {
                let answer = try await bench.command(outlet, command)
                #expect(answer.verdict == before.verdict, "\(answer)")
                let times = try [answer, before].map { try #require($0.error?.until.flatMap(Self.time)) }
                #expect(abs(times[0].timeIntervalSince(times[1])) < 1, "\(outlet): \(times)")
            }
            #expect(strip.record.switches == ["1=0", "1=1", "2=0", "3=1", "1=0", "1=1"])
        }
    }

    private static func time(_ text: String) -> Date? {
        try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    @Test(
        "an outlet with on_return gets its state back after an outage, also when the agent was killed in it",
        arguments: [false, true]
    )
    func onReturn(isKilled: Bool) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [
                AgentFile.strip(
                    device: strip,
                    "timeout: 4s",
                    "outlets: { 1: { on_return: restore }, 2: { on_return: restore }, 3: { on_return: \"on\" }, 4: {} }"
                )
            ]
            let agent = try await bench.start(file)
            #expect(try await bench.command("strip/2", "OFF").verdict == "done")
            let mark = bench.observer.mark
            strip.faults.isDead = true
            try await bench.waitForAvailability("strip", "offline", from: mark)
            for outlet in 1...4 { strip.press(outlet) }
            if isKilled {
                await agent.kill()
                try await bench.start(file)
            }
            let back = bench.observer.mark
            strip.faults.isDead = false
            for (outlet, state) in [("strip/1", "ON"), ("strip/2", "OFF"), ("strip/3", "ON")] {
                let answer = try await bench.answer(outlet, from: back)
                #expect(answer.verdict == "done" && answer.state == state && answer.by == "busbar", "\(answer)")
            }
            #expect(strip.states == [.on, .off, .on, .off])
            #expect(try bench.answers("strip/4", from: back).isEmpty, "observed only")
        }
    }

    @Test("a dry run switches nothing and answers with a plan")
    func dryRun() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip, "outlets: { 2: { protected: true } }")]
            file.groups = ["g: { outlets: [strip/1, strip/2], stagger: 10s }"]
            try await bench.start(file)
            let command = #"{"action":"CYCLE","off_time":3,"dry_run":true,"id":"d"}"#
            let answer = try await bench.command("strip/1", command)
            #expect(answer.verdict == "done" && answer.id == "d")
            #expect(answer.plan?.steps.map { "\($0.outlet) \($0.action)" } == ["strip/1 OFF", "strip/1 ON"])
            let group = try await bench.group("g", #"{"action":"OFF","dry_run":true}"#)
            #expect(group.outlets?.compactMap(\.plan).count == 2, "\(group)")
            // The id of a dry run is not spent.
            let real = try await bench.command("strip/1", #"{"action":"OFF","id":"d"}"#)
            #expect(real.verdict == "done" && real.plan == nil)
            #expect(strip.record.switches == ["1=0"])
        }
    }

    @Test("without a state directory that can be written, what must survive a crash is refused, and the rest works")
    func withoutJournal() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            // A file stands where the directory would have to be made.
            try bench.directory.write("", to: "state-bench-1")
            let agent = try await bench.start(file)
            try await agent.waitForLog("state_directory")
            let cycle = try await bench.command("strip/1", "CYCLE")
            #expect(cycle.verdict == "rejected/journal_failed", "\(cycle)")
            #expect(try await bench.command("strip/1", "OFF").verdict == "done")
            let info = try await bench.observer.message(on: "lab/agent/bench-1/info")
            #expect(info.text.contains("journal_failure"))
            #expect(strip.record.switches == ["1=0"])
        }
    }
}
