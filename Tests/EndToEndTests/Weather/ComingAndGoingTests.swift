import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("A device that goes and comes back", .timeLimit(.minutes(10)))
struct ComingAndGoingTests {
    private static let quick = "timeout: \(Sanitizer.slowness)s"

    private func with(
        _ kind: FarDevice.Kind,
        _ initialState: PowerState,
        _ more: String...,
        body: (Bench, FarDevice) async throws -> Void
    ) async throws {
        let device = try await FarDevice.start(kind, initialState)
        try await Bench.run { bench in
            try await bench.start(([device.pdu(Self.quick)] + more).joined(separator: ", "))
            try await body(bench, device)
        }
        try await device.stop()
    }

    @Test(
        "gets none of the commands that ended while it was silent",
        arguments: FarDevice.Kind.allCases,
        [true, false]
    )
    func silent(_ kind: FarDevice.Kind, _ isOneOutlet: Bool) async throws {
        try await with(kind, .on) { bench, device in
            let mark = bench.observer.mark
            device.isDead = true
            let commands =
                isOneOutlet
                ? [(1, "OFF", "a"), (1, "ON", "b"), (1, "OFF", "c")]
                : [(1, "OFF", "a"), (2, "OFF", "b"), (3, "OFF", "c")]
            for (outlet, action, id) in commands {
                try await bench.observer.send(
                    "lab/pdu/far/outlet/\(outlet)/set",
                    #"{"action":"\#(action)","id":"\#(id)","limit":3}"#
                )
            }
            for (outlet, _, id) in commands {
                let answer = try await bench.answer("far/\(outlet)", id: id, from: mark)
                #expect(["unknown/device_timeout", "failed/device_error"].contains(answer.verdict), "\(answer)")
            }
            let offline = try await bench.waitForAvailability("far", "offline", from: mark)
            device.isDead = false
            #expect(try await bench.command("far/4", #"{"action":"OFF","limit":60}"#).verdict == "done")
            try await bench.waitForAvailability("far", "online", from: offline)
            #expect(try await bench.command("far/4", #"{"action":"ON","limit":60}"#).verdict == "done")
            #expect(device.switches.map(\.description).withoutRepetitions == ["4=0", "4=1"])
            #expect(Array(device.states.prefix(4)) == [.on, .on, .on, .on])
            for outlet in 1...3 {
                let ids = try bench.answers("far/\(outlet)", from: mark).compactMap(\.id)
                #expect(ids.sorted() == commands.filter { $0.0 == outlet }.map(\.2), "one result each")
            }
        }
    }

    @Test("and is still counted offline carries out the first command", arguments: FarDevice.Kind.allCases)
    func firstCommand(_ kind: FarDevice.Kind) async throws {
        try await with(kind, .off, "poll: { interval: 60s }") { bench, device in
            let mark = bench.observer.mark
            device.isDead = true
            // The poll would not notice for a minute; the commands do.
            for _ in 0..<2 {
                let answer = try await bench.command("far/1", #"{"action":"ON","limit":2}"#)
                #expect(answer.status != "done", "\(answer)")
            }
            try await bench.waitForAvailability("far", "offline", from: mark)
            device.isDead = false
            #expect(bench.observer.texts(on: "lab/pdu/far/availability", from: mark) == ["offline"])
            #expect(try await bench.command("far/2", "ON").verdict == "done")
            #expect(device.switches.map(\.description) == ["2=1"])
            try await bench.waitForAvailability("far", "online", from: mark)
        }
    }

    @Test(
        "in the middle of a cycle is switched on again when it is back, with one result",
        arguments: FarDevice.Kind.allCases
    )
    func middleOfACycle(_ kind: FarDevice.Kind) async throws {
        try await with(kind, .on) { bench, device in
            let mark = bench.observer.mark
            let command = #"{"action":"CYCLE","off_time":3,"id":"c"}"#
            try await bench.observer.send("lab/pdu/far/outlet/1/set", command)
            try await bench.waitForState("far/1", "OFF", from: mark)
            device.isDead = true
            try await bench.waitForAvailability("far", "offline", from: mark)
            // It ends after the way back would have been due, and is dead all the while.
            let other = try await bench.command("far/2", #"{"action":"OFF","limit":5,"id":"other"}"#)
            #expect(other.status != "done", "\(other)")
            #expect(try bench.answers("far/1", from: mark).isEmpty)
            #expect(device.states[0] == .off)
            device.isDead = false
            let answer = try await bench.answer("far/1", id: "c", from: mark)
            #expect(answer.verdict == "done" && answer.state == "ON", "\(answer)")
            #expect(try await bench.command("far/3", #"{"action":"OFF","limit":60}"#).verdict == "done")
            // An answer that a busy machine brings late makes the agent ask once more for the same.
            #expect(device.switches.map(\.description).withoutRepetitions == ["1=0", "1=1", "3=0"])
            #expect(try bench.answers("far/1", from: mark).map(\.id) == ["c"])
        }
    }

    @Test(
        "every two seconds under a run of commands has done what is done, and does nothing after a result",
        arguments: [FarDevice.Kind.web, .native]
    )
    func comesAndGoes(_ kind: FarDevice.Kind) async throws {
        try await with(kind, .off) { bench, device in
            guard case .strip(let strip, let relay, _) = device else { return }
            // So slow that the run lasts for several outages. It executes at once, so that nothing is on its way after
            // a result that was not there before.
            strip.faults.latency = .milliseconds(150)
            relay.alternate(every: .seconds(2))
            let run = try await WeatherRun.inTurn(bench, outlets: 3, each: 8, limit: 1.5, untilDone: true)
            relay.stay()
            relay.isDead = false
            #expect(try await bench.command("far/4", #"{"action":"ON","limit":60}"#).verdict == "done")
            try run.judge(bench, device)
            run.judgeTurns(device)
            // Whether the agent called it offline meanwhile depends on how many of its tries fell into an outage.
            #expect(relay.outages > 0)
            print("\(run.commands.count) commands for a strip that comes and goes, \(kind.rawValue): \(run.verdicts)")
        }
    }
}

@Suite("A strip far away, with an agent", .timeLimit(.minutes(10)))
struct FarAgentTests {
    @Test(
        "behind 250 ms each way, does all that it is told, cycles too",
        arguments: [FarDevice.Kind.web, .native]
    )
    func far(_ kind: FarDevice.Kind) async throws {
        let device = try await FarDevice.start(kind, .on)
        guard case .strip(_, let relay, _) = device else { return }
        relay.weather.delay = .milliseconds(250)
        try await Bench.run { bench in
            try await bench.start(device.pdu())
            try await bench.waitForAvailability("far", "online")
            let mark = bench.observer.mark
            let commands = [
                (1, #"{"action":"CYCLE","off_time":1,"id":"a"}"#), (2, #"{"action":"OFF","id":"b"}"#),
                (3, #"{"action":"OFF","id":"c"}"#), (3, #"{"action":"ON","id":"d"}"#),
                (1, #"{"action":"OFF","id":"e"}"#),
            ]
            for (outlet, text) in commands { try await bench.observer.send("lab/pdu/far/outlet/\(outlet)/set", text) }
            for (outlet, id) in [(1, "a"), (2, "b"), (3, "c"), (3, "d"), (1, "e")] {
                let answer = try await bench.answer("far/\(outlet)", id: id, from: mark)
                #expect(answer.verdict == "done", "\(answer)")
            }
            let told = device.switches
            for (outlet, wanted) in [(1, ["1=0", "1=1", "1=0"]), (2, ["2=0"]), (3, ["3=0", "3=1"]), (4, [])] {
                #expect(told.filter { $0.outlet == outlet }.map(\.description) == wanted)
            }
            #expect(device.states == [.off, .off, .on, .on])
            #expect(bench.observer.texts(on: "lab/pdu/far/availability", from: mark).isEmpty, "it was never away")
        }
        try await device.stop()
    }

    @Test(
        "whose connections stall and are reset on the way is told no more than it was asked, and what is done is true",
        arguments: [FarDevice.Kind.web, .native]
    )
    func stalls(_ kind: FarDevice.Kind) async throws {
        let device = try await FarDevice.start(kind, .off)
        guard case .strip(_, let relay, _) = device else { return }
        try await Bench.run { bench in
            try await bench.start(device.pdu("timeout: \(2 * Sanitizer.slowness)s"))
            for round in 1...3 {
                // A busy machine may have made it offline once more, and offline is told once.
                try await waitUntil { bench.observer.texts(on: "lab/pdu/far/availability").last == "online" }
                let mark = bench.observer.mark
                relay.weather.isStalled = true
                try await bench.observer.send(
                    "lab/pdu/far/outlet/1/set",
                    #"{"action":"\#(round.isMultiple(of: 2) ? "OFF" : "ON")","id":"\#(round)","limit":60}"#
                )
                try await bench.waitForAvailability("far", "offline", from: mark)
                if round == 2 { relay.reset() }
                relay.weather.isStalled = false
                let answer = try await bench.answer("far/1", id: "\(round)", from: mark)
                #expect(answer.verdict == "done", "\(answer)")
                #expect(device.states[0].rawValue == answer.state)
                try await bench.waitForAvailability("far", "online", from: mark)
            }
            let states = device.switches.map(\.state)
            var turns: [PowerState] = []
            for state in states where turns.last != state { turns.append(state) }
            #expect(turns == [.on, .off, .on], "\(states)")
        }
        try await device.stop()
    }
}
