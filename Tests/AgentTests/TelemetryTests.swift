import Power
import Testing

@testable import Agent

@Suite struct TelemetryTests {
    private static let outlet = OutletNumber(1)

    @Test("measurements are published when they are new, when they have changed enough, and when it is time")
    func due() throws {
        var desk = TelemetryDesk()
        let rules = TelemetryRules(minimumChange: 0.1, interval: .seconds(60))
        #expect(count(&desk, rules, 0, [.power: 100]) == 1)
        #expect(count(&desk, rules, 1, [.power: 100]) == 0)
        #expect(count(&desk, rules, 2, [.power: 109]) == 0)
        #expect(count(&desk, rules, 3, [.power: 120]) == 1)
        #expect(count(&desk, rules, 62, [.power: 120]) == 0)
        #expect(count(&desk, rules, 63, [.power: 120]) == 1)
        #expect(count(&desk, rules, 64, [.power: 120, .current: 1]) == 1)
    }

    @Test("many small changes add up to one that is told")
    func creeping() {
        var desk = TelemetryDesk()
        let rules = TelemetryRules(minimumChange: 0.01, interval: .seconds(3600))
        let published = (0..<100).map { count(&desk, rules, Double($0), [.power: 100 + Double($0) * 0.1]) }.reduce(0, +)
        #expect((5...12).contains(published))
    }

    @Test("a change of zero percent publishes every change and nothing else")
    func everyChange() {
        var desk = TelemetryDesk()
        let rules = TelemetryRules(minimumChange: 0, interval: .seconds(3600))
        #expect(count(&desk, rules, 0, [.power: 1]) == 1)
        #expect(count(&desk, rules, 1, [.power: 1]) == 0)
        #expect(count(&desk, rules, 2, [.power: 1.0001]) == 1)
    }

    @Test("what is not measured any more is absent, and that is told once")
    func absent() throws {
        var desk = TelemetryDesk()
        let rules = TelemetryRules()
        let outlet = try #require(Self.outlet)
        let whole = DeviceReading(outletMeasurements: [outlet: [.power: 5, .voltage: 230]], measurements: [.power: 5])
        #expect(desk.due(whole, rules, at: .start).count == 2)
        let less = DeviceReading(outletMeasurements: [outlet: [.power: 5]], measurements: [.power: 5])
        let changed = desk.due(less, rules, at: .start + .seconds(1))
        #expect(changed.map(\.telemetry) == [Telemetry([.power: 5])])
        let gone = desk.due(DeviceReading(measurements: [.power: .nan]), rules, at: .start + .seconds(2))
        #expect(gone.map(\.outlet) == [nil, outlet])
        #expect(gone.allSatisfy { $0.telemetry.isEmpty })
        #expect(desk.due(DeviceReading(), rules, at: .start + .seconds(999)).isEmpty)
    }

    @Test("a device that measures nothing has no telemetry")
    func nothing() {
        var desk = TelemetryDesk()
        #expect(desk.due(DeviceReading(), TelemetryRules(), at: .start).isEmpty)
    }

    @Test("a broker that may have lost its store is told everything again")
    func forget() {
        var desk = TelemetryDesk()
        #expect(count(&desk, TelemetryRules(), 0, [.power: 1]) == 1)
        desk.forget()
        #expect(count(&desk, TelemetryRules(), 1, [.power: 1]) == 1)
    }

    @Test("nothing more is told of an outlet that is no more")
    func removedOutlet() throws {
        var desk = TelemetryDesk()
        let outlet = try #require(Self.outlet)
        #expect(
            desk.due(DeviceReading(outletMeasurements: [outlet: [.power: 5]]), TelemetryRules(), at: .start).count == 1
        )
        desk.forget(outlet)
        #expect(desk.due(DeviceReading(), TelemetryRules(), at: .start + .seconds(1)).isEmpty)
    }

    @Test("telemetry is JSON with a key for each quantity there is")
    func json() {
        let json = Telemetry([.power: 12.34567, .powerFactor: .infinity]).json
        #expect(String(decoding: json, as: UTF8.self) == "{\"power\":12.3457}")
        #expect(Telemetry([:]).json == Array("{}".utf8))
    }

    private func count(
        _ desk: inout TelemetryDesk,
        _ rules: TelemetryRules,
        _ second: Double,
        _ values: MeasuredValues
    ) -> Int {
        desk.due(DeviceReading(measurements: values), rules, at: .start + .milliseconds(Int(second * 1000))).count
    }
}
