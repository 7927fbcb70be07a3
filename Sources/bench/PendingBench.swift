import ArgumentParser
import PDUSimulator
import Power

/// Every outlet of many PDUs in the middle of a cycle at once: all off and on disk, all on again, all answered.
struct PendingBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pending")

    @Option var pdus = 250
    @Option(help: "How long each outlet stays off, in seconds; all must be off before the first is on again.")
    var offTime = 15.0

    func run() async throws {
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: pdus, basePort: 23_000))
        let outlets = (0..<pdus).flatMap { device in (1...fleet.outlets).map { (device, $0) } }
        try await TestBed.with(pdus: entries(of: fleet)) { bed in
            await bed.arrivals.wait(forCount: 1, on: "availability")
            try await command(bed, outlets) { _ in "ON" }
            await bed.arrivals.wait(forCount: outlets.count, on: "result")
            bed.arrivals.forget()
            let before = bed.usage
            let log = try WriteAheadLog(of: bed.journal)

            let begun = MonotonicTime.nanoseconds
            try await command(bed, outlets) { #"{"action":"CYCLE","off_time":\#(offTime),"id":"c\#($0)"}"# }
            await bed.arrivals.wait(forCount: outlets.count, on: "state")
            let allOff = MonotonicTime.nanoseconds
            let pending = bed.usage
            let isOff = outlets.allSatisfy { fleet.state(device: $0.0, outlet: $0.1) == .off }
            let toOff = try log.transactions()
            await bed.arrivals.wait(forCount: outlets.count, on: "result")
            let allDone = MonotonicTime.nanoseconds
            let isOn = outlets.allSatisfy { fleet.state(device: $0.0, outlet: $0.1) == .on }

            for failure in bed.arrivals.failures.prefix(3) { print("not done: \(failure)") }
            guard isOff, isOn, let before, let pending else {
                return print("not all were off (\(isOff)) or on again (\(isOn))")
            }
            func seconds(_ from: Int64, _ to: Int64) -> String { rounded(Double(to - from) / 1e9) }
            print(
                """
                | \(outlets.count) cycles pending at once over \(pdus) SNMP PDUs: all off, read back and on disk | \
                \(seconds(begun, allOff)) s, \(toOff) transactions of the journal |
                | → all on again, read back and answered, beyond the off time | \
                \(rounded(Double(allDone - begun) / 1e9 - offTime)) s, \
                \(try log.transactions()) transactions in all |
                | → memory of the agent before, and with all pending | \
                \(rounded(before.memory)) MB, \(rounded(pending.memory)) MB |
                """
            )
        }
    }

    private func command(_ bed: TestBed, _ outlets: [(Int, Int)], _ payload: (Int) -> String) async throws {
        for (number, outlet) in outlets.enumerated() {
            try bed.send(payload(number), to: "p\(outlet.0)/\(outlet.1)")
        }
    }
}
