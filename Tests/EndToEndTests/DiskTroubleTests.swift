import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("A disk that is full or read-only", .timeLimit(.minutes(10)))
struct DiskTroubleTests {
    @Test("a cycle is taken at once when there is space again, and refused before; plain commands work on")
    func fullDisk() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let disk = try DiskTrouble(bench, stateOf: file.id)
            try await bench.start(file, environment: disk.environment)
            let cycle = #"{"action":"CYCLE","off_time":0.1}"#
            for _ in 1...3 {
                try disk.order(.full)
                #expect(try await bench.command("strip/1", cycle).verdict == "rejected/journal_failed")
                #expect(try await bench.command("strip/2", "OFF").verdict == "done")
                try disk.order(.well)
                #expect(try await bench.command("strip/1", cycle).verdict == "done")
            }
            #expect(strip.record.switches.filter { $0 == "1=0" }.count == 3)
        }
    }

    @Test("a cycle that was begun is finished by a start that can only read the journal", arguments: [false, true])
    func readOnlyJournal(isFull: Bool) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let disk = try DiskTrouble(bench, stateOf: file.id)
            let agent = try await bench.start(file, environment: disk.environment)
            let mark = bench.observer.mark
            try await bench.observer.send(
                "lab/pdu/strip/outlet/1/set",
                #"{"action":"CYCLE","off_time":3,"id":"half"}"#
            )
            try await bench.waitForState("strip/1", "OFF", from: mark)
            await agent.kill()
            try disk.order(isFull ? .full : .readOnly)
            let next = try await bench.start(file, environment: disk.environment)
            let answer = try await bench.answer("strip/1", id: "half", from: mark)
            #expect(["done", "unknown"].contains(answer.status) && answer.state == "ON", "\(answer)")
            #expect(strip.record.switches == ["1=0", "1=1"])

            // When the disk is well again, the end is written, and no further start finds the cycle.
            try disk.order(.well)
            try await next.waitForLog("the journal works again")
            #expect(await next.stop() == .exited(0))
            try await bench.start(file, environment: disk.environment)
            #expect(try await bench.command("strip/1", "OFF").verdict == "done")
            #expect(strip.record.switches == ["1=0", "1=1", "1=0"])
        }
    }
}
