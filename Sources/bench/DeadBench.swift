import ArgumentParser
import PDUSimulator
import Power

/// Switches while a tenth of the PDUs is dead, beside the same with none: the others must not feel it.
struct DeadBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "dead")

    @Option var count = 2000
    @Option var pdus = 250
    @Option var rounds = 4

    func run() async throws {
        var verified: [Double: [Double]] = [:]
        // In turn, as what else the machine does changes from minute to minute.
        for round in 0..<rounds {
            for share in [0, 0.1] {
                verified[share, default: []] += try await measure(deadShare: share, basePort: 21_000 + round * 1_000)
            }
        }
        for share in [0, 0.1] {
            let times = Percentiles(verified[share] ?? [])
            print(
                "| \(Int(share * 100)) % of the PDUs dead: command → verified state of the others | \(times) |"
            )
        }
    }

    /// The times from command to state, in milliseconds.
    private func measure(deadShare share: Double, basePort: Int) async throws -> [Double] {
        let fleet = try await SNMPFleet.start(
            SNMPFleetConfiguration(count: pdus, basePort: basePort, deadShare: share)
        )
        let dead = Int((Double(pdus) * share).rounded())
        let isDead = Set((0..<dead).map { $0 * pdus / dead })
        return try await TestBed.with(pdus: entries(of: fleet), poll: "2s") { bed in
            await bed.arrivals.wait(forCount: 1, on: "availability")
            // The work of the start, which differs, is not what is measured.
            try await Task.sleep(for: .seconds(3))
            var verified: [Double] = []
            for round in 0..<count where !isDead.contains(round % pdus) {
                let device = round % pdus
                let outlet = round / pdus % fleet.outlets + 1
                if let time = try await bed.flip(outlet, ofDevice: device, in: fleet).verified { verified.append(time) }
            }
            return verified
        }
    }
}
