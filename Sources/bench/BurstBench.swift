import ArgumentParser
import PDUSimulator

/// A thousand different switches at once: how many a second are answered, each read back.
struct BurstBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "burst")

    @Option var switches = 1000
    @Option var pdus = 250
    @Option var rounds = 6

    func run() async throws {
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 21_000))
        try await TestBed.with(pdus: entries(of: fleet)) { bed in
            await bed.arrivals.wait(forCount: 1, on: "availability")
            var rates: [Double] = []
            for round in 0..<rounds {
                bed.arrivals.forget()
                let begun = MonotonicTime.nanoseconds
                for number in 0..<switches {
                    try bed.send(round.isMultiple(of: 2) ? "ON" : "OFF", to: "p\(number % pdus)/\(number / pdus + 1)")
                }
                await bed.arrivals.wait(forCount: switches, on: "result")
                rates.append(Double(switches) / (Double(MonotonicTime.nanoseconds - begun) / 1e9))
                if let failure = bed.arrivals.failures.first { print("not done: \(failure)") }
            }
            print(
                "| \(switches) switches over \(pdus) SNMP PDUs, each read back | \(rounded(median(rates))) a second |"
            )
        }
    }
}
