import PDUSimulator
import Power
import Testing

@Suite("Switching an outlet", .timeLimit(.minutes(3)))
struct SwitchingTests {
    @Test("of both kinds of device gives the state read back, then the result, with everything the contract names")
    func setStateResult() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack()
            try await bench.start(AgentFile.strip(device: strip), AgentFile.rack(port: rack.port))
            for outlet in ["strip/2", "rack/3"] {
                for word in ["ON", "OFF"] {
                    let mark = bench.observer.mark
                    let command = #"{"action":"\#(word)","id":"\#(outlet)-\#(word)","by":"a test","reason":"to see"}"#
                    let answer = try await bench.command(outlet, command)
                    #expect(answer.verdict == "done")
                    #expect(answer.state == word && answer.action == word)
                    #expect(answer.id == "\(outlet)-\(word)" && answer.by == "a test")
                    #expect("\(answer.pdu ?? "")/\(answer.outlet?.text ?? "")" == outlet)
                    #expect(answer.receivedAt <= answer.finishedAt && answer.receivedAt.hasSuffix("Z"))
                    #expect(answer.queuedMilliseconds != nil && (answer.deviceMilliseconds ?? 0) > 0)
                    let state = try await bench.waitForState(outlet, word, from: mark)
                    let result = try await bench.observer.message(on: Bench.topic(outlet, "result"), from: mark)
                    #expect(state < result.index, "the state comes first")
                }
            }
            #expect(strip.record.switches == ["2=1", "2=0"])
            #expect(rack.record.switches == ["3=1", "3=0"])
            await rack.stop()
        }
    }
}
