import Foundation
import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("A burst of commands", .timeLimit(.minutes(10)))
struct BurstTests {
    @Test("over several PDUs is answered one by one, in order for each outlet, and ends as the devices say")
    func burst() async throws {
        let broker = MosquittoConfiguration(maximumInflight: 1_000, maximumQueued: 100_000)
        try await Bench.run(broker) { bench in
            let devices = 10
            let outlets = 8
            let record = bench.directory.path(of: "orders")
            let fleet = try await Bench.fleet(count: devices, outlets: outlets, recordFile: record)
            var file = AgentFile()
            file.pdus = fleet.ports.enumerated().map { AgentFile.rack("p\($0.offset)", port: $0.element) }
            try await bench.start(file)

            let mark = bench.observer.mark
            // 80 outlets, 13 commands each: no queue of 32 overflows, and no two neighbours are equal.
            var sent: [String: [String]] = [:]
            for round in 0..<13 {
                for device in 0..<devices {
                    for outlet in 1...outlets {
                        let action = (round + outlet).isMultiple(of: 2) ? "ON" : "OFF"
                        let id = "\(round)-\(device)-\(outlet)"
                        sent["p\(device)/\(outlet)", default: []].append(id)
                        let command = #"{"action":"\#(action)","id":"\#(id)"}"#
                        try bench.observer.enqueue("lab/pdu/p\(device)/outlet/\(outlet)/set", command)
                    }
                }
            }
            for (outlet, ids) in sent {
                _ = try await bench.answer(outlet, id: ids.last, from: mark)
                let answers = try bench.answers(outlet, from: mark)
                #expect(answers.map(\.id) == ids, "every one answered, in order: \(outlet)")
                #expect(answers.allSatisfy { $0.verdict == "done" && $0.state == $0.action }, "\(outlet)")
            }
            for device in 0..<devices {
                for outlet in 1...outlets {
                    let state = outlet.isMultiple(of: 2) ? PowerState.on : .off
                    #expect(fleet.state(device: device, outlet: outlet) == state)
                    #expect(
                        bench.observer.texts(on: "lab/pdu/p\(device)/outlet/\(outlet)/state").last == state.rawValue
                    )
                }
            }
            // The devices' own record: time, device, outlet, value.
            let lines = try bench.directory.read("orders").split(separator: "\n").map { $0.split(separator: "\t") }
            #expect(lines.count == 13 * devices * outlets)
            for device in 0..<devices {
                for outlet in 1...outlets {
                    let values = lines.filter { $0[1] == "\(device)" && $0[2] == "\(outlet)" }.map { String($0[3]) }
                    let wanted = (0..<13).map { ($0 + outlet).isMultiple(of: 2) ? "1" : "0" }
                    #expect(values == wanted, "p\(device)/\(outlet)")
                }
            }
        }
    }

    @Test("for one outlet, more than may wait, overtakes the oldest and says so; each is answered once")
    func overflow() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            // The cycle keeps the outlet busy while the others come in.
            let topic = "lab/pdu/strip/outlet/1/set"
            try bench.observer.enqueue(topic, #"{"action":"CYCLE","off_time":3,"id":"first"}"#)
            try await bench.waitForState("strip/1", "OFF", from: mark)
            for number in 1...100 {
                let action = number.isMultiple(of: 2) ? "OFF" : "ON"
                try bench.observer.enqueue(topic, #"{"action":"\#(action)","id":"\#(number)"}"#)
            }
            #expect(try await bench.answer("strip/1", id: "100", from: mark).verdict == "done")
            let answers = try bench.answers("strip/1", from: mark)
            #expect(answers.count == 101)
            #expect(Set(answers.map(\.id)).count == 101)
            #expect(answers.filter { $0.status == "superseded" }.map(\.id) == (1...68).map { "\($0)" })
            #expect(answers.filter { $0.status == "done" }.map(\.id) == ["first"] + (69...100).map { "\($0)" })
            #expect(strip.states[0] == .off)
        }
    }

    @Test("of equal commands is one switch, and each is answered")
    func equal() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(
                SimulatedEnerGenieConfiguration(faults: Faults(latency: .milliseconds(50)))
            )
            try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            let topic = "lab/pdu/strip/outlet/1/set"
            try bench.observer.enqueue(topic, #"{"action":"CYCLE","off_time":1,"id":"first"}"#)
            for number in 1...5 { try bench.observer.enqueue(topic, #"{"action":"OFF","id":"\#(number)"}"#) }
            for number in 6...9 { try bench.observer.enqueue(topic, #"{"action":"ON","id":"\#(number)"}"#) }
            #expect(try await bench.answer("strip/1", id: "9", from: mark).verdict == "done")
            let answers = try bench.answers("strip/1", from: mark)
            #expect(answers.map(\.verdict) == Array(repeating: "done", count: 10))
            #expect(strip.record.switches == ["1=0", "1=1", "1=0", "1=1"], "OFF then ON is a reboot somebody wants")
        }
    }
}
