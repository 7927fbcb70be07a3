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

    @Test("one message has the whole PDU, and is told when one outlet has changed, comes or goes")
    func wholePDU() throws {
        var desk = TelemetryDesk()
        let rules = TelemetryRules(isPerPDU: true)
        let (first, second) = (try #require(OutletNumber(2)), try #require(OutletNumber(10)))
        func due(_ outlets: [OutletNumber: MeasuredValues], _ second: Int) -> [String] {
            let reading = DeviceReading(outletMeasurements: outlets, measurements: [.power: 9])
            let due = desk.due(reading, rules, at: .start + .seconds(second))
            #expect(due.allSatisfy { $0.outlet == nil })
            return due.map { String(decoding: $0.telemetry.json, as: UTF8.self) }
        }
        let both = #"{"power":9,"outlets":{"2":{"power":4},"10":{"power":5,"energy":1}}}"#
        #expect(due([second: [.power: 5, .energy: 1], first: [.power: 4]], 0) == [both])
        #expect(due([second: [.power: 5, .energy: 1], first: [.power: 4]], 1) == [])
        let moved = #"{"power":9,"outlets":{"2":{"power":4},"10":{"power":6,"energy":1}}}"#
        #expect(due([second: [.power: 6, .energy: 1], first: [.power: 4]], 2) == [moved])
        let alone = #"{"power":9,"outlets":{"2":{"power":4}}}"#
        #expect(due([first: [.power: 4], second: [.power: .nan]], 3) == [alone])
        #expect(due([first: [.power: 4]], 62) == [])
        #expect(due([first: [.power: 4]], 63) == [alone])
    }

    @Test("the outlets' topics are cleared when one message comes to have the whole PDU, and that is told again")
    func otherGrouping() throws {
        var desk = TelemetryDesk()
        let outlet = try #require(Self.outlet)
        let reading = DeviceReading(outletMeasurements: [outlet: [.power: 5]])
        let (together, apart) = (TelemetryRules(isPerPDU: true), TelemetryRules())
        func read(_ rules: TelemetryRules) -> (clears: Bool, told: [OutletNumber?]) {
            (desk.clearsOutlets(rules), desk.due(reading, rules, at: .start).map(\.outlet))
        }
        let first = read(apart)
        #expect(!first.clears && first.told == [outlet])
        let second = read(together)
        #expect(second.clears && second.told == [nil])
        let third = read(together)
        #expect(!third.clears && third.told == [])
        desk.forget()
        let fourth = read(together)
        #expect(!fourth.clears && fourth.told == [nil])
        let clearsAgain = desk.clearsOutlets(apart)
        let told = desk.due(reading, apart, at: .start)
        #expect(!clearsAgain && told.map(\.outlet) == [nil, outlet])
        #expect(told.first?.telemetry.json == Array("{}".utf8))
    }

    @Test(
        "numbers have at most four decimals",
        arguments: [
            (0, "0"), (-0.00001, "0"), (0.0001, "0.0001"), (-1.5, "-1.5"), (230.04, "230.04"), (99.99996, "100"),
            (1234567.8901, "1234567.8901"), (123456789012, "123456789012"), (0.1 + 0.2, "0.3"),
        ] as [(Double, String)]
    )
    func decimals(number: Double, text: String) {
        #expect(String(decoding: Telemetry([.power: number]).json, as: UTF8.self) == #"{"power":\#(text)}"#)
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
