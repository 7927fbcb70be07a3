import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("On a network that loses datagrams", .timeLimit(.minutes(10)))
struct LossTests {
    /// A share of lost datagrams, each way, and the seed of which they are.
    struct Loss: Sendable, CustomTestStringConvertible {
        let percent: Int
        let seed: UInt64

        var testDescription: String { "\(percent) % each way, seed \(seed)" }

        /// What one run is about.
        ///
        /// - Parameter timeout: how long the agent waits for an answer, in milliseconds.
        func with<Result>(
            timeout: Int = 300,
            body: (Bench, SimulatedSNMPDevice, FarDevice) async throws -> Result
        ) async throws {
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 5))
            let relay = try UDPRelay(to: rack.port, seed: seed)
            let device = FarDevice.rack(rack, relay)
            try await Bench.run { bench in
                try await bench.start(device.pdu("timeout: \(timeout * Sanitizer.slowness)ms", "retries: 1"))
                relay.weather = .loss(Double(percent) / 100)
                _ = try await body(bench, rack, device)
            }
            try await device.stop()
        }
    }

    /// Ends the bad weather and shows that the device takes commands, so that nothing from before is under way.
    private func clearUp(_ bench: Bench, _ device: FarDevice) async throws {
        if case .rack(_, let relay) = device { relay.weather = UDPRelay.Weather() }
        #expect(try await bench.command("far/5", #"{"action":"ON","limit":60}"#).verdict == "done")
    }

    @Test(
        "40 ON and OFF over four outlets are all done, and every outlet is where the last command says",
        arguments: [Loss(percent: 10, seed: 1), Loss(percent: 30, seed: 2)]
    )
    func done(_ loss: Loss) async throws {
        try await loss.with { bench, _, device in
            let run = try await WeatherRun.atOnce(bench, outlets: 4, each: 10, limit: 600)
            #expect(run.verdicts == ["done": 40])
            try await clearUp(bench, device)
            try run.judge(bench, device)
            #expect(device.states == [.off, .off, .off, .off, .on])
            for outlet in 1...4 {
                #expect(bench.observer.texts(on: "lab/pdu/far/outlet/\(outlet)/state").last == "OFF")
            }
        }
    }

    @Test(
        "40 ON and OFF over four outlets with little time have one true result each, and nothing is done after it",
        arguments: [Loss(percent: 50, seed: 4), Loss(percent: 50, seed: 5)]
    )
    func honest(_ loss: Loss) async throws {
        try await loss.with { bench, _, device in
            let run = try await WeatherRun.atOnce(bench, outlets: 4, each: 10, limit: 15)
            try await clearUp(bench, device)
            try run.judge(bench, device)
            print("40 commands at once at \(loss.testDescription): \(run.verdicts)")
        }
    }

    @Test(
        "ON and OFF in turn are carried out between the command and its result, and at no other time",
        arguments: [Loss(percent: 30, seed: 6), Loss(percent: 50, seed: 7)]
    )
    func inTurn(_ loss: Loss) async throws {
        try await loss.with { bench, _, device in
            let run = try await WeatherRun.inTurn(bench, outlets: 4, each: 5, limit: 3)
            try await clearUp(bench, device)
            try run.judge(bench, device)
            run.judgeTurns(device)
            print("20 commands in turn at \(loss.testDescription): \(run.verdicts)")
        }
    }

    @Test("that doubles them, changes their order and brings answers after their time-out, all is done and true")
    func doubledAndLate() async throws {
        let loss = Loss(percent: 0, seed: 8)
        // A busy machine adds to what the way back takes.
        try await loss.with(timeout: 1500) { bench, _, device in
            guard case .rack(_, let relay) = device else { return }
            let slowness = Double(Sanitizer.slowness)
            relay.weather = UDPRelay.Weather(
                there: UDPRelay.Way(duplication: 0.5),
                back: UDPRelay.Way(duplication: 0.5, jitter: .milliseconds(1_700) * slowness)
            )
            let run = try await WeatherRun.atOnce(bench, outlets: 4, each: 6, limit: 60)
            #expect(run.verdicts == ["done": 24])
            try await clearUp(bench, device)
            try run.judge(bench, device)
            #expect(device.states == [.off, .off, .off, .off, .on])
            #expect(relay.counts.answers > relay.counts.requests / 2)
        }
    }

    @Test("and every answer comes after its time-out, nothing is called done that was not seen, and nothing repeats")
    func alwaysLate() async throws {
        let loss = Loss(percent: 0, seed: 9)
        try await loss.with { bench, _, device in
            guard case .rack(_, let relay) = device else { return }
            relay.weather = UDPRelay.Weather(back: UDPRelay.Way(delay: .milliseconds(700) * Double(Sanitizer.slowness)))
            let run = try await WeatherRun.inTurn(bench, outlets: 2, each: 2, limit: 3)
            try await clearUp(bench, device)
            try run.judge(bench, device)
            run.judgeTurns(device)
            print("4 commands whose answers are late: \(run.verdicts)")
        }
    }
}
