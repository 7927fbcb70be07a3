import Power
import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("Finding outlets", .timeLimit(.minutes(10)))
struct OutletDiscoveryTests {
    private static let upTime = oid("1.3.6.1.2.1.1.3.0")

    private func table(_ objects: [String: SNMPValue]) -> [OID: SNMPValue] {
        var table: [OID: SNMPValue] = [Self.upTime: .timeTicks(5000)]
        for (name, value) in objects { table[oid(name)] = value }
        return table
    }

    private static let inOrder = """
        { rows: { column: 1.3.6.1.4.1.9.3, index: [tower, infeed, row], number: in_order } }
        """
    private static let threeParts = "{ oid: 1.3.6.1.4.1.9.2.(tower).(infeed).(row), on: 1, off: 2 }"
    private static let threePartState = "{ oid: 1.3.6.1.4.1.9.3.(tower).(infeed).(row), on: 1, off: 2 }"

    @Test("numbers the rows of a table in their order, across units")
    func rowsInOrder() async throws {
        let device = TableDevice(
            table([
                "1.3.6.1.4.1.9.3.1.1.1": .integer(1), "1.3.6.1.4.1.9.3.1.1.2": .integer(2),
                "1.3.6.1.4.1.9.3.2.1.1": .integer(1), "1.3.6.1.4.1.9.3.10.1.1": .integer(2),
            ])
        )
        let model = try sampleModel(outlets: Self.inOrder, control: Self.threeParts, state: Self.threePartState)
        let driver = driver(model, device)
        let states = try await driver.read().states
        #expect(states == [1: .settled(.on), 2: .settled(.off), 3: .settled(.on), 4: .settled(.off)])
        try await driver.set([3: .off])
        #expect(device.sets == [[VarBind(oid("1.3.6.1.4.1.9.2.2.1.1"), .integer(2))]])
    }

    @Test("takes only the rows of the unit that the configuration names")
    func givenPart() async throws {
        let device = TableDevice(
            table(["1.3.6.1.4.1.9.3.1.1.1": .integer(1), "1.3.6.1.4.1.9.3.2.1.1": .integer(2)])
        )
        let model = try sampleModel(outlets: Self.inOrder, control: Self.threeParts, state: Self.threePartState)
        #expect(try await driver(model, device, index: ["tower": 2]).read().states == [1: .settled(.off)])
    }

    @Test("keeps the numbers of outlets when a unit is missing after the device has started anew")
    func numbersStay() async throws {
        let device = TableDevice(
            table([
                "1.3.6.1.4.1.9.3.1.1.1": .integer(1), "1.3.6.1.4.1.9.3.2.1.1": .integer(1),
                "1.3.6.1.4.1.9.3.3.1.1": .integer(2),
            ])
        )
        let model = try sampleModel(outlets: Self.inOrder, control: Self.threeParts, state: Self.threePartState)
        let driver = driver(model, device)
        #expect(try await driver.read().outlets.count == 3)
        device[oid("1.3.6.1.4.1.9.3.1.1.1")] = nil
        device[Self.upTime] = .timeTicks(1)
        let reading = try await driver.read()
        #expect(reading.states == [2: .settled(.on), 3: .settled(.off)])
        #expect(
            reading.warnings == [
                "the device lists other outlets than when it was first read (2 rows, then 3); numbers stay with their "
                    + "outlets until the configuration is loaded again"
            ]
        )
        device[Self.upTime] = .timeTicks(0)
        try await driver.set([3: .on])
        #expect(device.sets == [[VarBind(oid("1.3.6.1.4.1.9.2.3.1.1"), .integer(1))]])
    }

    @Test("refuses a table in which a number stands for two outlets")
    func twice() async throws {
        let device = TableDevice(
            table(["1.3.6.1.4.1.9.3.1.1": .integer(1), "1.3.6.1.4.1.9.3.2.1": .integer(1)])
        )
        let model = try sampleModel(
            "index: { device: {} }",
            outlets: "{ rows: { column: 1.3.6.1.4.1.9.3, index: [device, outlet] } }",
            control: "{ oid: 1.3.6.1.4.1.9.2.(device).(outlet), on: 1, off: 2 }",
            state: "{ oid: 1.3.6.1.4.1.9.3.(device).(outlet), on: 1, off: 2 }"
        )
        await #expect(
            throws: DriverError(
                .unsupported,
                "rack1: it has more than one outlet 1: set which unit is meant under index: device (1, 2)"
            )
        ) { try await driver(model, device).read() }
        #expect(try await driver(model, device, index: ["device": 2]).read().states == [1: .settled(.on)])

        let unnamed = try sampleModel(
            "index: { device: { length: counted } }",
            outlets: "{ rows: { column: 1.3.6.1.4.1.9.3, index: [outlet, device] } }",
            control: "{ oid: 1.3.6.1.4.1.9.2.(outlet).(device), on: 1, off: 2 }",
            state: "{ oid: 1.3.6.1.4.1.9.3.(outlet).(device), on: 1, off: 2 }"
        )
        let chain = TableDevice(
            table(["1.3.6.1.4.1.9.3.1.1.65": .integer(1), "1.3.6.1.4.1.9.3.1.1.66": .integer(2)])
        )
        await #expect(
            throws: DriverError(
                .unsupported,
                "rack1: it has more than one outlet 1: set which unit is meant under index: device (\"A\", \"B\")"
            )
        ) { try await driver(unnamed, chain).read() }
        let second = driver(unnamed, chain, index: ["device": "B"])
        #expect(try await second.read().states == [1: .settled(.off)])
        try await second.set([1: .on])
        #expect(chain.sets == [[VarBind(oid("1.3.6.1.4.1.9.2.1.1.66"), .integer(1))]])
        #expect(
            unnamed.problems(index: ["device": 2], listsOutlets: false)
                == ["model sample takes a text of 1 to 127 characters as index part device"]
        )
        #expect(
            model.problems(index: ["device": "B"], listsOutlets: false)
                == ["model sample takes a number as index part device"]
        )
    }

    @Test("takes a number from another column, and rows only where a condition holds")
    func numberColumn() async throws {
        let device = TableDevice(
            table([
                "1.3.6.1.4.1.9.3.11": .integer(1), "1.3.6.1.4.1.9.3.12": .integer(2), "1.3.6.1.4.1.9.3.13": .integer(1),
                "1.3.6.1.4.1.9.4.11": .integer(5), "1.3.6.1.4.1.9.4.12": .integer(6), "1.3.6.1.4.1.9.4.13": .integer(1),
                "1.3.6.1.4.1.9.5.11": .integer(0), "1.3.6.1.4.1.9.5.12": .integer(7), "1.3.6.1.4.1.9.5.13": .integer(8),
            ])
        )
        let model = try sampleModel(
            outlets: """
                { rows: { column: 1.3.6.1.4.1.9.3, index: [row], number: { oid: 1.3.6.1.4.1.9.5.(row) },
                          where: { oid: 1.3.6.1.4.1.9.4.(row), is: [5, 6] } } }
                """,
            control: "{ oid: 1.3.6.1.4.1.9.2.(row), on: 1, off: 2 }",
            state: "{ oid: 1.3.6.1.4.1.9.3.(row), on: 1, off: 2 }"
        )
        let driver = driver(model, device)
        #expect(try await driver.read().states == [7: .settled(.off)])
        try await driver.set([7: .on])
        #expect(device.sets == [[VarBind(oid("1.3.6.1.4.1.9.2.12"), .integer(1))]])
    }

    @Test("takes scalars with a literal behind the number, and texts as index parts")
    func literalsAndTexts() async throws {
        let mac: [UInt32] = [3, 65, 66, 67]
        let device = TableDevice(
            table([
                "1.3.6.1.4.1.9.3.1.3.65.66.67": .integer(1), "1.3.6.1.4.1.9.3.2.3.65.66.67": .integer(2),
                "1.3.6.1.4.1.9.3.2.9.65.66.67": .integer(2),
            ])
        )
        let model = try sampleModel(
            "index: { mac: { length: counted } }",
            outlets: "{ rows: { column: 1.3.6.1.4.1.9.3, index: [outlet, mac] } }",
            control: "{ oid: 1.3.6.1.4.1.9.2.(outlet).(mac), on: 1, off: 2 }",
            state: "{ oid: 1.3.6.1.4.1.9.3.(outlet).(mac), on: 1, off: 2 }"
        )
        let driver = driver(model, device)
        #expect(try await driver.read().states == [1: .settled(.on), 2: .settled(.off)])
        try await driver.set([2: .on])
        #expect(device.sets == [[VarBind(OID(oid("1.3.6.1.4.1.9.2.2").arcs + mac), .integer(1))]])

        let scalars = TableDevice(table(["1.3.6.1.4.1.9.3.1.0": .integer(1), "1.3.6.1.4.1.9.3.2.5": .integer(1)]))
        let scalarModel = try sampleModel(
            outlets: "{ rows: { column: 1.3.6.1.4.1.9.3, index: [row, 0], number: row+1 } }",
            control: "{ oid: 1.3.6.1.4.1.9.2.(row).0, on: 1, off: 2 }",
            state: "{ oid: 1.3.6.1.4.1.9.3.(outlet-1).0, on: 1, off: 2 }"
        )
        #expect(try await SNMPDriverTests.driver(scalarModel, scalars).read().states == [2: .settled(.on)])
    }

    @Test("counts the elements of a packed text")
    func elements() async throws {
        let device = TableDevice(table(["1.3.6.1.4.1.9.13.0": .octets(Array("1,0,-1,-2".utf8))]))
        let packed = #"packed: { separator: ",", element: outlet }"#
        let model = try sampleModel(
            outlets: "{ elements: { oid: 1.3.6.1.4.1.9.13.0, \(packed) } }",
            control: #"{ type: octets, oid: 1.3.6.1.4.1.9.13.0, on: "1", off: "0", \#(packed) }"#,
            state: "{ oid: 1.3.6.1.4.1.9.13.0, on: 1, off: 0, missing: -1, other: { -2: no mains }, \(packed) }"
        )
        #expect(
            try await driver(model, device).read().states
                == [1: .settled(.on), 2: .settled(.off), 4: .indeterminate("no mains")]
        )
    }

    @Test("finds rows by their names, and joins tables by a name")
    func names() async throws {
        let device = TableDevice(
            table([
                "1.3.6.1.4.1.9.30.2.158": .octets(Array("Sockets.Socket 01.General.Relay".utf8)),
                "1.3.6.1.4.1.9.30.2.167": .octets(Array("Sockets.Socket 02.General.Relay".utf8)),
                "1.3.6.1.4.1.9.30.2.168": .octets(Array("Sockets.Socket 02.General.Status".utf8)),
                "1.3.6.1.4.1.9.30.2.176": .octets(Array("Sockets.Socket 03.General.Relay".utf8)),
                "1.3.6.1.4.1.9.30.2.177": .octets(Array("Sockets.Socket 3.General.Relay".utf8)),
                "1.3.6.1.4.1.9.30.2.9": .octets(Array("Phase L1.Voltage.Value".utf8)),
                "1.3.6.1.4.1.9.31.2.158": .integer(1), "1.3.6.1.4.1.9.31.2.167": .integer(0),
                "1.3.6.1.4.1.9.31.2.9": .integer(2301), "1.3.6.1.4.1.9.32.2.9": .integer(-10),
                "1.3.6.1.4.1.9.33.1": .octets(Array("M1, M7".utf8)), "1.3.6.1.4.1.9.33.2": .octets(Array("M9".utf8)),
                "1.3.6.1.4.1.9.34.1.5": .octets(Array("M1".utf8)), "1.3.6.1.4.1.9.35.1.5": .integer(44),
            ])
        )
        let model = try sampleModel(
            """
            index:
              device: { default: 2 }
              relay: { find: { column: 1.3.6.1.4.1.9.30.(device), name: Sockets.Socket (outlet).General.Relay } }
              voltage: { find: { column: 1.3.6.1.4.1.9.30.(device), name: Phase L1.Voltage.Value } }
              current: { find: { column: 1.3.6.1.4.1.9.30.(device), name: Phase L1.Current.Value } }
              meter: { length: 2, find: { column: 1.3.6.1.4.1.9.34, same_as: 1.3.6.1.4.1.9.33.(outlet) } }
            measurements:
              outlet:
                power: { oid: 1.3.6.1.4.1.9.35.(meter), scale: 1 }
              device:
                current: { oid: 1.3.6.1.4.1.9.31.(device).(current), scale: 1 }
                voltage:
                  oid: 1.3.6.1.4.1.9.31.(device).(voltage)
                  scale: { oid: 1.3.6.1.4.1.9.32.(device).(voltage), rule: factor }
            """,
            outlets: "{ found_by: relay }",
            control: "{ oid: 1.3.6.1.4.1.9.31.(device).(relay), on: 1, off: 0 }",
            state: "{ oid: 1.3.6.1.4.1.9.31.(device).(relay), on: 1, off: 0 }"
        )
        let driver = driver(model, device)
        let reading = try await driver.read()
        #expect(reading.states == [1: .settled(.on), 2: .settled(.off)], "two rows with one number mean nothing")
        #expect(reading.measured(1) == [.power: 44])
        #expect(reading.measured(2) == nil)
        #expect(reading.measurements == [.voltage: 230.1])
        try await driver.set([2: .on])
        #expect(device.sets == [[VarBind(oid("1.3.6.1.4.1.9.31.2.167"), .integer(1))]])
    }

    @Test("takes a part of the index from the sysObjectID")
    func capture() async throws {
        let device = TableDevice(
            table([
                "1.3.6.1.2.1.1.2.0": .objectIdentifier([1, 3, 6, 1, 4, 1, 28507, 43]),
                "1.3.6.1.4.1.28507.43.1.0": .integer(1), "1.3.6.1.4.1.28507.43.3.1": .integer(1),
            ])
        )
        func model(_ products: String) throws -> PDUModel {
            try sampleModel(
                """
                index: { product: { captured: true, one_of: \(products) } }
                detect: { sys_object_id: 1.3.6.1.4.1.28507.(product) }
                """,
                outlets: "{ count: 1.3.6.1.4.1.28507.(product).1.0 }",
                control: "{ oid: 1.3.6.1.4.1.28507.(product).3.(outlet), on: 1, off: 0 }",
                state: "{ oid: 1.3.6.1.4.1.28507.(product).3.(outlet), on: 1, off: 0 }"
            )
        }
        #expect(try await driver(try model("[43, 67]"), device).read().states == [1: .settled(.on)])
        let other = try model("[67]")
        await #expect(
            throws: DriverError(
                .badReply,
                "rack1: its sysObjectID 1.3.6.1.4.1.28507.43 is not one of model sample"
            )
        ) { try await driver(other, device).read() }
        #expect(try await driver(other, device, index: ["product": 43]).read().states == [1: .settled(.on)])
    }

    @Test("says what the configuration has to add")
    func configuration() throws {
        let model = try sampleModel(
            "index: { port: {}, pdu: { default: 1 } }",
            outlets: "configured",
            control: "{ oid: 1.3.6.1.(port).(pdu).(outlet), on: 1, off: 0 }",
            state: "{ oid: 1.3.6.1.(port).(pdu).(outlet), on: 1, off: 0 }"
        )
        #expect(
            model.problems(index: ["unit": 1], listsOutlets: false) == [
                "model sample has no index part unit: it has pdu, port", "model sample needs the index part port",
                "model sample cannot ask the device for its outlets: list them under outlets",
            ]
        )
        #expect(model.problems(index: ["port": 3], listsOutlets: true).isEmpty)
    }
}
