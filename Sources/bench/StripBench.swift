import ArgumentParser
import NIOPosix
import PDUSimulator
import Power

/// EnerGenie strips: one switch after the other, and a thousand at once.
struct StripBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "strips")

    @Option var count = 500
    @Option var strips = 250
    @Option var rounds = 6
    @Option var http = "lenient"

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var devices: [SimulatedEnerGenie] = []
        for _ in 0..<strips { devices.append(try await SimulatedEnerGenie.start(on: group)) }
        let pdus = devices.enumerated().map { number, strip in
            "  - { name: p\(number), driver: energenie, host: 127.0.0.1, port: \(strip.webPort), password: \"1\", http: \(http) }"
        }.joined(separator: "\n")
        try await TestBed.with(pdus: pdus) { [devices] bed in
            await bed.arrivals.wait(forCount: 1, on: "availability")
            print("| EnerGenie web (\(http)): command published → device sees it | \(try await one(bed, devices)) |")
            let rates = try await burst(bed)
            print("| 1,000 switches over \(strips) strips, each read back | \(rounded(median(rates))) a second |")
        }
    }

    private func one(_ bed: TestBed, _ devices: [SimulatedEnerGenie]) async throws -> Percentiles {
        var seen: [Double] = []
        for round in 0..<count {
            let device = devices[round % strips]
            let outlet = round / strips % 4
            bed.arrivals.forget()
            let begun = MonotonicTime.nanoseconds
            try bed.send(device.states[outlet] == .on ? "OFF" : "ON", to: "p\(round % strips)/\(outlet + 1)")
            await bed.arrivals.wait(forCount: 1, on: "result")
            if let entry = device.record.entries.last(where: { $0.outlet == outlet + 1 }) {
                seen.append(Double(entry.nanoseconds - begun) / 1e6)
            }
        }
        return Percentiles(seen)
    }

    private func burst(_ bed: TestBed) async throws -> [Double] {
        var rates: [Double] = []
        for round in 0..<rounds {
            bed.arrivals.forget()
            let begun = MonotonicTime.nanoseconds
            for number in 0..<1000 {
                try bed.send(round.isMultiple(of: 2) ? "ON" : "OFF", to: "p\(number % strips)/\(number / strips + 1)")
            }
            await bed.arrivals.wait(forCount: 1000, on: "result")
            rates.append(1000 / (Double(MonotonicTime.nanoseconds - begun) / 1e9))
            if let failure = bed.arrivals.failures.first { print("not done: \(failure)") }
        }
        return rates
    }
}
