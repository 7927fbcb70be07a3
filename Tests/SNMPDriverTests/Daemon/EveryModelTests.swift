import Power
import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("Every built-in model over a real snmpd", .timeLimit(.minutes(10)))
struct EveryModelTests {
    @Test("is found, read, described and switched as the facts say", arguments: ModelFacts.all)
    func facts(_ facts: ModelFacts) async throws {
        let model = try builtIn(facts.model)
        try await TableDaemon.with(
            facts.objects,
            roots: facts.roots,
            sysObjectID: facts.sysObjectID,
            sysDescr: facts.sysDescr
        ) { device in
            let settings = SNMPDriverSettings(
                name: "rack1",
                target: device.target(),
                model: facts.isKnownOnly ? .known(model) : .detected(among: ModelLibrary.all),
                outlets: facts.listsOutlets ? Set((1...facts.outlets).compactMap { OutletNumber($0) }) : [],
                index: facts.index
            )
            let driver = SNMPDriver(settings: settings, engine: device.engine, logger: quietLogger)
            let reading = try await driver.read()
            #expect(driver.traits.model == facts.model)
            for (outlet, state) in facts.states.sorted(by: { $0.key < $1.key }) {
                #expect(reading.states[outlet].map(Self.word) == (state == "missing" ? nil : state), "outlet \(outlet)")
            }
            #expect(reading.states.count == facts.states.values.count { $0 != "missing" })
            for (outlet, measured) in facts.measurements {
                let found = reading.measured(outlet) ?? [:]
                #expect(Set(found.keys) == Set(measured.keys), "outlet \(outlet)")
                for (quantity, value) in measured {
                    // The facts have scales such as 1/360 with six digits.
                    #expect(abs((found[quantity] ?? .nan) / value - 1) < 2e-6, "outlet \(outlet): \(quantity)")
                }
            }
            let isWhole = facts.model == "digipower"
            #expect(reading.outletMeasurements.count == (isWhole ? facts.outlets : facts.measurements.count))
            #expect(reading.measurements == MeasuredValues(facts.deviceMeasurements))

            // What a device does not have is not asked for again.
            let before = try await device.datagrams()
            #expect(try await driver.read() == reading)
            let datagrams = try await device.datagrams() - before - 1
            #expect(datagrams <= 3 * model.limits.concurrent, "\(datagrams) datagrams")

            let description = try await driver.describe()
            #expect(description.outlets?.count == facts.outlets)
            for (outlet, name) in facts.names {
                #expect(OutletNumber(outlet).flatMap { description.outletNames[$0] } == name)
            }

            for order in facts.switches {
                switch order.action {
                case "on": try await driver.set([order.outlet: .on])
                case "off": try await driver.set([order.outlet: .off])
                default: try await driver.cycle(order.outlet)
                }
                #expect(try device.takeWrites() == order.writes, "outlet \(order.outlet) \(order.action)")
            }
            #expect(driver.traits.cyclesByItself == facts.switches.contains { $0.action == "cycle" })
            await driver.shutDown()
        }
    }

    @Test("has facts to be compared with")
    func coverage() {
        #expect(Set(ModelFacts.all.map(\.model)) == Set(ModelLibrary.ids))
    }

    private static func word(_ reading: OutletReading) -> String {
        switch reading {
        case .settled(.on): "on"
        case .settled(.off): "off"
        case .pending: "pending"
        case .indeterminate: "other"
        }
    }
}
