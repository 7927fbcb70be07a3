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
            bed.arrivals.forget()
            let begun = MonotonicTime.nanoseconds
            try bed.send(fleet.state(device: device, outlet: outlet) == .on ? "OFF" : "ON", to: "p\(device)/\(outlet)")
            await bed.arrivals.wait(forCount: 1, on: "result")
            let topic = "lab/pdu/p\(device)/outlet/\(outlet)/state"
            if let order = fleet.lastOrder(device: device, outlet: outlet) {
                seen.append(Double(order.nanoseconds - begun) / 1e6)
            }
            if let state = bed.arrivals.time(of: topic) { verified.append(Double(state - begun) / 1e6) }
        }
        return (seen, verified)
    }
}
