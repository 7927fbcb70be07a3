import ArgumentParser
import PDUSimulator
import Power

/// Switches on many PDUs while one of them gets cycle after cycle, each of which waits for the disk, beside the same
/// without cycles: the others must not feel it.
struct JournalBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "journal")

    @Option var count = 300
    @Option var pdus = 50
    @Option var rounds = 6

    func run() async throws {
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 23_000))
        try await TestBed.with(pdus: entries(of: fleet)) { bed in
            await bed.arrivals.wait(forCount: 1, on: "availability")
            var verified: [Bool: [Double]] = [:]
            var named: [Bool: [Double]] = [:]
            var cycles = 0
            var cycling = 0.0
            for round in 0..<rounds * 2 {
                let withCycles = round.isMultiple(of: 2)
                let begun = MonotonicTime.nanoseconds
                let stream = CycleStream(bed: bed, outlets: fleet.outlets)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    if withCycles { group.addTask { try await stream.run() } }
                    verified[withCycles, default: []] += try await measure(bed, fleet) { word, _ in word }
                    named[withCycles, default: []] += try await measure(bed, fleet) { word, number in
                        #"{"action":"\#(word)","id":"\#(round)-\#(number)"}"#
                    }
                    group.cancelAll()
                }
                guard withCycles else { continue }
                cycling += Double(MonotonicTime.nanoseconds - begun) / 1e9
                cycles += bed.arrivals.count(of: (1...fleet.outlets).map { "lab/pdu/p0/outlet/\($0)/result" })
            }
            print(
                """
                | ON and OFF of other PDUs: published → verified state, nothing else | \(text(verified[false])) |
                | → while one PDU does \(rounded(Double(cycles) / cycling)) cycles a second | \(text(verified[true])) |
                | the same with an `id`, nothing else | \(text(named[false])) |
                | → while one PDU does cycles | \(text(named[true])) |
                """
            )
        }
    }

    private func text(_ milliseconds: [Double]?) -> String { Percentiles(milliseconds ?? []).description }

    private func measure(
        _ bed: TestBed,
        _ fleet: SNMPFleet,
        _ payload: (String, Int) -> String
    ) async throws -> [Double] {
        var verified: [Double] = []
        for number in 0..<count {
            let device = 1 + number % (pdus - 1)
            let outlet = number / (pdus - 1) % fleet.outlets + 1
            let times = try await bed.flip(outlet, ofDevice: device, in: fleet) { payload($0, number) }
            if let time = times.verified { verified.append(time) }
        }
        return verified
    }
}

/// Cycles of all outlets of one PDU, one after the other for each outlet: some fifty a second.
struct CycleStream {
    let bed: TestBed
    var device = 0
    let outlets: Int

    func run() async throws {
        bed.arrivals.forget()
        while !Task.isCancelled {
            for outlet in 1...outlets where !Task.isCancelled {
                try bed.send(#"{"action":"CYCLE","off_time":0.1}"#, to: "p\(device)/\(outlet)")
                try? await Task.sleep(for: .milliseconds(15))
            }
        }
    }
}
