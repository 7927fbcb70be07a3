import ArgumentParser
import PDUSimulator
import Power

/// One command after the other to one outlet after the other: how long each way takes.
struct SwitchBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "switch")

    @Option var count = 1000
    @Option var pdus = 250

    func run() async throws {
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 21_000))
        try await TestBed.with(pdus: entries(of: fleet)) { bed in
            await bed.arrivals.wait(forCount: 1, on: "availability")
            let (seen, verified) = try await measure(bed, fleet)
            print("| SNMP v2c: command published → device sees it | \(Percentiles(seen)) |")
            print("| → verified state published | \(Percentiles(verified)) |")
        }
    }

    private func measure(_ bed: TestBed, _ fleet: SNMPFleet) async throws -> ([Double], [Double]) {
        var seen: [Double] = []
        var verified: [Double] = []
        for round in 0..<count {
            let device = round % pdus
            let outlet = round / pdus % fleet.outlets + 1
            let times = try await bed.flip(outlet, ofDevice: device, in: fleet)
            if let time = times.seen { seen.append(time) }
            if let time = times.verified { verified.append(time) }
        }
        return (seen, verified)
    }
}
