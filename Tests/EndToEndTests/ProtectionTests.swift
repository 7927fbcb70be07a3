import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("Protections", .timeLimit(.minutes(1)))
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
