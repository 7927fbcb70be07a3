import Power
import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("Over a real snmpd", .serialized, .timeLimit(.minutes(10)))
struct DaemonTests {
    private typealias Object = TableDaemon.Object

    /// A Raritan PX2 after its MIB: PDU2-MIB.
    private static func raritan(outlets: Int) -> [TableDaemon.Object] {
        let root = "1.3.6.1.4.1.13742.6"
        var table = [Object(oid: "\(root).3.2.2.1.4.1", type: "integer", value: "\(outlets)")]
        for outlet in 1...outlets {
            table += [
                Object(oid: "\(root).4.1.2.1.2.1.\(outlet)", type: "integer", value: "0", isWritable: true),
                Object(oid: "\(root).4.1.2.1.3.1.\(outlet)", type: "integer", value: outlet % 2 == 1 ? "7" : "8"),
                Object(oid: "\(root).3.5.3.1.3.1.\(outlet)", type: "string", value: "host \(outlet)"),
            ]
            for (sensor, digits, value) in [
                (1, 3, 1234), (4, 0, 231), (5, 0, 284), (6, 0, 285), (7, 2, 99), (8, 0, 70000),
            ] {
                table += [
                    Object(oid: "\(root).5.4.3.1.4.1.\(outlet).\(sensor)", type: "gauge", value: "\(value)"),
                    Object(oid: "\(root).3.5.4.1.7.1.\(outlet).\(sensor)", type: "gauge", value: "\(digits)"),
                ]
            }
        }
        table += [
            Object(oid: "\(root).5.2.3.1.4.1.1.5", type: "gauge", value: "1420"),
            Object(oid: "\(root).3.3.4.1.7.1.1.5", type: "gauge", value: "0"),
        ]
        return table
    }

    @Test("a metered Raritan PX2 is read, switched, cycled and described", arguments: [false, true])
    func raritan(version1: Bool) async throws {
        let model = try builtIn("raritan-px2")
        try await TableDaemon.with(Self.raritan(outlets: 8), roots: ["1.3.6.1.4.1.13742"]) { device in
            let driver = device.driver(.known(model), version1: version1)
            let reading = try await driver.read()
            #expect(reading.states.count == 8)
            #expect(reading.states[1] == .settled(.on))
            #expect(reading.states[8] == .settled(.off))
            #expect(
                reading.measured(8) == [
                    .current: 1.234, .voltage: 231, .power: 284, .apparentPower: 285, .powerFactor: 0.99,
                    .energy: 70000,
                ]
            )
            #expect(reading.measurements == [.power: 1420])
            #expect(try await driver.read() == reading)
            try await driver.set([8: .on])
            try await driver.set([1: .off])
            try await driver.cycle(3)
            #expect(
                try device.takeWrites() == [
                    "1.3.6.1.4.1.13742.6.4.1.2.1.2.1.8 integer 1", "1.3.6.1.4.1.13742.6.4.1.2.1.2.1.1 integer 0",
                    "1.3.6.1.4.1.13742.6.4.1.2.1.2.1.3 integer 2",
                ]
            )
            let description = try await driver.describe()
            #expect(description.outlets?.count == 8)
            #expect(OutletNumber(3).flatMap { description.outletNames[$0] } == "host 3")
            await driver.shutDown()
        }
    }

    @Test("of 42 metered outlets everything comes in as few requests as the model allows, counted at the agent")
    func manyOutlets() async throws {
        let model = try builtIn("raritan-px2")
        try await TableDaemon.with(Self.raritan(outlets: 42), roots: ["1.3.6.1.4.1.13742"]) { device in
            let driver = device.driver(.known(model))
            for _ in 0..<2 { _ = try await driver.read() }
            let before = try await device.datagrams()
            let reading = try await driver.read()
            let datagrams = try await device.datagrams() - before - 1
            #expect(datagrams == PollCost(model).requests)
            #expect(reading.outlets.count == 42)
            #expect(reading.outletMeasurements.values.allSatisfy { $0.count == 6 })
        }
    }

    @Test("an APC rPDU is found by asking, read, switched and cycled")
    func apc() async throws {
        let root = "1.3.6.1.4.1.318.1.1.12"
        var table = [
            Object(oid: "\(root).3.1.3.0", type: "integer", value: "3"),
            Object(oid: "\(root).1.5.0", type: "string", value: "AP7921B"),
            Object(oid: "\(root).2.3.1.1.2.1", type: "gauge", value: "34"),
        ]
        for outlet in 1...3 {
            table += [
                Object(oid: "\(root).3.3.1.1.4.\(outlet)", type: "integer", value: "1", isWritable: true),
                Object(oid: "\(root).3.5.1.1.4.\(outlet)", type: "integer", value: outlet == 2 ? "2" : "1"),
                Object(oid: "\(root).3.5.1.1.5.\(outlet)", type: "integer", value: outlet == 3 ? "1" : "2"),
            ]
        }
        try await TableDaemon.with(table, roots: ["1.3.6.1.4.1.318"], sysObjectID: "1.3.6.1.4.1.318.1.3.4.5") {
            device in
            let driver = device.driver(.detected(among: ModelLibrary.all))
            #expect(driver.traits.model == nil)
            let reading = try await driver.read()
            #expect(driver.traits.model == "apc-rpdu")
            #expect(driver.traits.cyclesByItself)
            #expect(reading.states == [1: .settled(.on), 2: .settled(.off), 3: .pending])
            #expect(reading.measurements == [.current: 3.4])
            try await driver.set([2: .on])
            try await driver.set([2: .off])
            try await driver.cycle(2)
            let control = "\(root).3.3.1.1.4.2 integer"
            #expect(try device.takeWrites() == ["\(control) 1", "\(control) 2", "\(control) 3"])
            #expect(try await driver.describe().model == "AP7921B")
        }
    }

    @Test("bare objects are switched and read back")
    func bare() async throws {
        let table = [
            Object(oid: "1.3.6.1.4.1.99999.2.1", type: "integer", value: "0", isWritable: true),
            Object(oid: "1.3.6.1.4.1.99999.2.2", type: "integer", value: "5", isWritable: true),
        ]
        let model = try PDUModel.bare(BareObjects(oid: "1.3.6.1.4.1.99999.2", on: .integer(1), off: .integer(0)))
        try await TableDaemon.with(table, roots: ["1.3.6.1.4.1.99999"]) { device in
            let target = device.target()
            let settings = SNMPDriverSettings(
                name: "odd",
                target: target,
                model: .known(model),
                outlets: Set([1, 2, 3].compactMap { OutletNumber($0) })
            )
            let driver = SNMPDriver(settings: settings, engine: device.engine, logger: quietLogger)
            #expect(try await driver.read().states == [1: .settled(.off), 2: .indeterminate("5")])
            try await driver.set([1: .on])
            #expect(try device.takeWrites() == ["1.3.6.1.4.1.99999.2.1 integer 1"])
            #expect(try await driver.read().states[1] == .settled(.on))
        }
    }

    @Test("a device that refuses a write, and one that is not there, are named with what to do")
    func errors() async throws {
        let model = try builtIn("raritan-px2")
        try await TableDaemon.with(Self.raritan(outlets: 2), roots: ["1.3.6.1.4.1.13742"]) { device in
            let reader = device.driver(.known(model), mayWrite: false)
            let refused = await #expect(throws: DriverError.self) { try await reader.set([1: .on]) }
            #expect(refused?.leavesDoubt == false)
            #expect(refused?.message.hasPrefix("outlet 1: ") == true, "\(refused?.message ?? "")")
            let other = device.driver(.known(try builtIn("apc-rpdu")))
            let wrong = await #expect(throws: DriverError.self) { try await other.read() }
            #expect(wrong?.code == .badReply)
            let unknown = device.driver(.detected(among: ModelLibrary.all))
            let undetected = await #expect(throws: DriverError.self) { try await unknown.read() }
            #expect(undetected?.code == .unsupported)
            #expect(undetected?.message.contains("its model could not be told") == true, "\(undetected?.message ?? "")")
        }
    }
}
