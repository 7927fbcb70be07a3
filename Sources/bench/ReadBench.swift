import ArgumentParser
import Foundation
import LocalServices
import Logging
import PDUSimulator
import Power
import SNMPClient
import SNMPDriver

/// All outlets of many PDUs read once through the driver: wall time and CPU. The fleet is a process of its own.
struct ReadBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "read")

    @Option var pdus = 1000
    @Option var latency = "0ms"
    @Option var rounds = 6

    func run() async throws {
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let base = 22_000
        let fleet = try await ChildProcess.start(
            "\(own)/busbar",
            ["simulate", "fleet", "--count", "\(pdus)", "--base-port", "\(base)", "--latency", latency]
        )
        _ = await fleet.waitForOutput(containing: "PDUs with", within: .seconds(20))
        guard let model = try ModelLibrary.model("raritan-px2") else { return }
        var walls: [Double] = []
        var cpus: [Double] = []
        for _ in 0..<rounds {
            let engine = SNMPEngine(logger: Logger(label: "bench"))
            let outlets = Set((1...8).compactMap(OutletNumber.init))
            let drivers = (0..<pdus).map { number in
                SNMPDriver(
                    settings: SNMPDriverSettings(
                        name: "p\(number)",
                        target: SNMPTarget(
                            host: "127.0.0.1",
                            port: UInt16(base + number),
                            credentials: .v2c(community: "public", writeCommunity: "private")
                        ),
                        model: .known(model),
                        outlets: outlets
                    ),
                    engine: engine,
                    logger: Logger(label: "bench")
                )
            }
            let cpu = Self.cpu
            let begun = MonotonicTime.nanoseconds
            await withTaskGroup(of: Int.self) { group in
                for driver in drivers {
                    group.addTask {
                        (try? await driver.withSession { session async throws(DriverError) in
                            try await session.read(.states(outlets)).outlets.count
                        }) ?? 0
                    }
                }
                var read = 0
                for await count in group { read += count }
                if read != pdus * 8 { print("only \(read) outlets were read") }
            }
            walls.append(Double(MonotonicTime.nanoseconds - begun) / 1e9)
            cpus.append(Self.cpu - cpu)
            for driver in drivers { await driver.shutDown() }
        }
        _ = await fleet.terminate()
        print(
            "| all 8 outlets of \(pdus) PDUs read once, device latency \(latency) | \(rounded(median(walls))) s, \(rounded(median(cpus))) CPU s |"
        )
    }

    private static var cpu: Double { ProcessUsage(pid: ProcessInfo.processInfo.processIdentifier)?.cpu ?? 0 }
}
