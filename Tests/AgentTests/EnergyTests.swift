import Foundation
import LocalServices
import Logging
import Power
import Testing

@testable import Agent

@Suite struct EnergyTests {
    @Test(
        "energy never goes backwards, whatever the device's counter does",
        arguments: [
            ([10, 20, 30], [10, 20, 30]),
            ([10, 20, 0, 5], [10, 20, 20, 25]),
            ([100, 3, 50, 2], [100, 103, 150, 152]),
            ([1000, 995, 1000, 1001], [1000, 1000, 1000, 1001]),
            ([5, -1, 6], [5, 5, 6]),
            ([5, .infinity, 6], [5, 5, 6]),
            ([0, 0, 0.5], [0, 0, 0.5]),
        ] as [([Double], [Double])]
    )
    func neverBackwards(_ readings: [Double], _ totals: [Double]) {
        var meter = EnergyMeter()
        #expect(readings.map { meter.count($0).total } == totals)
    }

    @Test(
        "a counter that ran over goes on where it was, and one that was reset begins anew",
        arguments: [
            ([990, 998, 3, 10], [990, 998, 1003, 1010], []),
            ([999.5, 0, 1], [999.5, 1000, 1001], []),
            ([998, 3, 998, 2], [998, 1003, 1998, 2002], []),
            ([500, 3, 10], [500, 503, 510], [1]),
            ([998, 400], [998, 1398], [1]),
            ([2990, 1998], [2990, 2998], []),
            ([2990, 5], [2990, 2995], [1]),
        ] as [([Double], [Double], [Int])]
    )
    func runsOver(_ readings: [Double], _ totals: [Double], _ resets: [Int]) {
        var meter = EnergyMeter()
        let counted = readings.map { meter.count($0, span: 1000) }
        #expect(counted.map(\.total) == totals)
        #expect(counted.indices.filter { counted[$0].isReset } == resets)
    }

    @Test("no row of readings makes energy step back")
    func anyReadings() {
        var random = RandomSource(seed: 7)
        var meter = EnergyMeter()
        var last = 0.0
        for _ in 0..<10_000 {
            let span = Bool.random(using: &random) ? 5000.0 : nil
            let total = meter.count(Double.random(in: -10...5000, using: &random), span: span).total
            #expect(total >= last)
            last = total
        }
    }

    @Test("energy goes on from where an earlier run stopped, also when the counter began anew meanwhile")
    func survivesRestart() async throws {
        let directory = try TemporaryDirectory(prefix: "busbar-energy")
        let path = directory.path(of: "energy.json")
        let first = EnergyBook(path: path, logger: Self.logger)
        #expect(try Self.count(first, device: 1000, outlet: 50) == [1000, 50])
        #expect(try Self.count(first, device: 10, outlet: 60) == [1010, 60])
        await first.flush()
        let second = EnergyBook(path: path, logger: Self.logger)
        #expect(try Self.count(second, device: 20, outlet: 3) == [1020, 63])
    }

    @Test("a damaged file is begun anew and does not stop the agent")
    func damagedFile() async throws {
        let directory = try TemporaryDirectory(prefix: "busbar-energy")
        let path = directory.path(of: "energy.json")
        try Data("{\"x\":".utf8).write(to: URL(fileURLWithPath: path))
        let book = EnergyBook(path: path, logger: Self.logger)
        #expect(try Self.count(book, device: 5, outlet: 5) == [5, 5])
        await book.flush()
        #expect(try Self.count(EnergyBook(path: path, logger: Self.logger), device: 6, outlet: 6) == [6, 6])
    }

    @Test("a file that cannot be written costs nothing but the memory")
    func unwritable() async throws {
        let book = EnergyBook(path: "/proc/nowhere/energy.json", logger: Self.logger)
        #expect(try Self.count(book, device: 5, outlet: 5) == [5, 5])
        await book.flush()
    }

    @Test("a thousand counters that begin anew at once, as after a power cut, cost a write or two and not a thousand")
    func manyResets() async throws {
        let directory = try TemporaryDirectory(prefix: "busbar-energy")
        let path = directory.path(of: "energy.json")
        let book = EnergyBook(path: path, logger: Self.logger)
        for device in 0..<1000 {
            let pdu = try #require(PDUName("p\(device)"))
            for value in [1000.0, 3] { _ = book.counting(DeviceReading(measurements: [.energy: value]), of: pdu) }
        }
        await book.flush()
        #expect(book.writes < 100)
        let later = EnergyBook(path: path, logger: Self.logger)
        let last = try #require(PDUName("p999"))
        #expect(later.counting(DeviceReading(measurements: [.energy: 4.5]), of: last).measurements[.energy] == 1004.5)
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func count(_ book: EnergyBook, device: Double, outlet: Double) throws -> [Double?] {
        let pdu = try #require(PDUName("bench"))
        let number = try #require(OutletNumber(1))
        let reading = DeviceReading(
            outletMeasurements: [number: [.energy: outlet, .power: 7]],
            measurements: [.energy: device]
        )
        let counted = book.counting(reading, of: pdu)
        #expect(counted.outletMeasurements[number]?[.power] == 7)
        return [counted.measurements[.energy], counted.outletMeasurements[number]?[.energy]]
    }
}
