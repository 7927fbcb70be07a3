import ArgumentParser
import PDUSimulator
import Power

/// Switches while a tenth of the PDUs is dead, one PDU gets cycle after cycle and the disk is slow, beside the same with
/// nothing of it: the others must not feel it.
struct DeadBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "dead")

    /// What goes on beside the switches that are measured.
    private enum Weather: String, CaseIterable {
        case fair = "nothing else"
        case dead = "10 % of the PDUs dead"
        case foul = "10 % dead, 52 cycles a second, a disk that takes 30 ms for a flush"
    }

    @Option var count = 2000
    @Option var pdus = 250
    @Option var rounds = 4

    func run() async throws {
        var verified: [Weather: [Double]] = [:]
        // In turn, as what else the machine does changes from minute to minute.
        for round in 0..<rounds {
            for weather in Weather.allCases {
                verified[weather, default: []] += try await measure(weather, basePort: 21_000 + round * 1_000)
            }
        }
        let fair = Percentiles(verified[.fair] ?? [])[0.95]
        for weather in Weather.allCases {
            let times = Percentiles(verified[weather] ?? [])
            let ratio = weather == .fair ? "" : "; p95 \(rounded(times[0.95] / fair)) × that with nothing else"
            print("| command → verified state of living PDUs, \(weather.rawValue) | \(times)\(ratio) |")
        }
    }

    /// The times from command to state, in milliseconds.
    private func measure(_ weather: Weather, basePort: Int) async throws -> [Double] {
        let share = weather == .fair ? 0 : 0.1
        let fleet = try await SNMPFleet.start(
            SNMPFleetConfiguration(count: pdus, basePort: basePort, deadShare: share)
        )
        let dead = Int((Double(pdus) * share).rounded())
        // The simulator's dead ones are spread evenly, from the first on.
        let isDead = Set((0..<dead).map { $0 * pdus / dead })
        let flushTime = weather == .foul ? 30 : nil
        return try await TestBed.with(pdus: entries(of: fleet), poll: "2s", flushTime: flushTime) { bed in
            await bed.arrivals.wait(forCount: 1, on: "availability")
            // The work of the start, which differs, is not what is measured.
            try await Task.sleep(for: .seconds(3))
            return try await withThrowingTaskGroup(of: Void.self) { group in
                let cycled = 1
                if weather == .foul {
                    let stream = CycleStream(bed: bed, device: cycled, outlets: fleet.outlets)
                    group.addTask { try await stream.run() }
                }
                var verified: [Double] = []
                for round in 0..<count {
                    let device = round % pdus
                    guard !isDead.contains(device), device != cycled else { continue }
                    let outlet = round / pdus % fleet.outlets + 1
                    let flip = try await bed.flip(outlet, ofDevice: device, in: fleet)
                    if let time = flip.verified { verified.append(time) }
                }
                group.cancelAll()
                return verified
            }
        }
    }
}
