import Power
import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("Reading a device", .timeLimit(.minutes(10)))
struct ReadingTests {
    private static let metered = """
        measurements:
          outlet:
            current: { oid: 1.3.6.1.4.1.9.4.(outlet), scale: 0.1, absent: negative }
            power:
              oid: 1.3.6.1.4.1.9.5.(outlet)
              scale: { oid: 1.3.6.1.4.1.9.6.(outlet), rule: digits, constant: true }
          device:
            power: { oid: 1.3.6.1.4.1.9.7, rows: sum, scale: 1 }
            voltage: { oid: 1.3.6.1.4.1.9.8, rows: only, scale: 0.1 }
            energy: [{ oid: 1.3.6.1.4.1.9.10.0, scale: 1 }, { oid: 1.3.6.1.4.1.9.11.0, scale: 1000 }]
        """

    private static func table(outlets: Int) -> [OID: SNMPValue] {
        var table: [OID: SNMPValue] = [
            oid("1.3.6.1.2.1.1.3.0"): .timeTicks(5000), oid("1.3.6.1.4.1.9.1.0"): .integer(Int32(outlets)),
            oid("1.3.6.1.4.1.9.7.1"): .integer(100), oid("1.3.6.1.4.1.9.7.2"): .integer(50),
            oid("1.3.6.1.4.1.9.8.1"): .integer(2301), oid("1.3.6.1.4.1.9.11.0"): .counter32(12),
        ]
        for outlet in 1...UInt32(outlets) {
            table[oid("1.3.6.1.4.1.9.3").appending(outlet)] = .integer(outlet % 2 == 0 ? 2 : 1)
            table[oid("1.3.6.1.4.1.9.4").appending(outlet)] = .unsigned(outlet * 3)
            table[oid("1.3.6.1.4.1.9.5").appending(outlet)] = .unsigned(outlet * 1000)
            table[oid("1.3.6.1.4.1.9.6").appending(outlet)] = .unsigned(1)
        }
        return table
    }

    @Test("gives every state and measurement, asks for fixed scales once, and not again for what is not there")
    func everything() async throws {
        let device = TableDevice(Self.table(outlets: 3))
        let driver = driver(try sampleModel(Self.metered), device)
        let first = try await driver.read()
        #expect(first.states == [1: .settled(.on), 2: .settled(.off), 3: .settled(.on)])
        #expect(first.measured(3) == [.current: 0.9, .power: 300])
        #expect(first.measurements == [.power: 150, .voltage: 230.1, .energy: 12000])
        // A Counter32 in kilowatt-hours runs over after 2^32 of them.
        #expect(first.energySpan == 4_294_967_296_000)
        #expect(first.outletEnergySpans.isEmpty)
        device.forgetRequests()
        #expect(try await driver.read() == first)
        #expect(device.gets.count == 1)
        let asked = try #require(device.gets.first)
        #expect(!asked.contains(oid("1.3.6.1.4.1.9.6.1")), "a constant scale was asked for again")
        #expect(!asked.contains(oid("1.3.6.1.4.1.9.10.0")), "an object that is not there was asked for again")
        #expect(asked.count == 14, "up-time, 3 states, 6 readings of outlets and 4 of the device")
    }

    @Test("of 42 metered outlets takes requests of a limited size")
    func manyOutlets() async throws {
        let device = TableDevice(Self.table(outlets: 42))
        let driver = driver(try sampleModel(Self.metered + "\nlimits: { objects: 48, requests: 4 }"), device)
        for _ in 0..<3 { _ = try await driver.read() }
        device.forgetRequests()
        let reading = try await driver.read()
        #expect(reading.outlets.count == 42)
        #expect(reading.outletMeasurements.count == 42)
        #expect(device.gets.map(\.count).max() == 48)
        #expect(device.gets.count == 3)
    }

    @Test("halves a request that is too big, and remembers what the device takes")
    func tooBig() async throws {
        let device = TableDevice(Self.table(outlets: 20), capacity: 10)
        let driver = driver(try sampleModel(Self.metered), device)
        let first = try await driver.read()
        #expect(first.outlets.count == 20)
        device.forgetRequests()
        #expect(try await driver.read() == first)
        #expect(device.gets.allSatisfy { $0.count <= 10 })
    }

    @Test("finds out in the first read what a device takes that is silent when it is asked too much")
    func silentlyTooBig() async throws {
        let device = TableDevice(Self.table(outlets: 20), capacity: 10, isSilent: true)
        let driver = driver(try sampleModel(Self.metered), device)
        for _ in 0..<2 { #expect(try await driver.read().outlets.count == 20) }
        device.forgetRequests()
        #expect(try await driver.read().outlets.count == 20)
        // A trial of a little more may just be due.
        #expect(device.gets.filter { $0.count > 10 }.count <= 1)
    }

    @Test("of a built-in 42-outlet Raritan with every reading takes no more requests than the model says")
    func roundTrips() async throws {
        let facts = oid("1.3.6.1.4.1.13742.6")
        var table: [OID: SNMPValue] = [
            oid("1.3.6.1.2.1.1.3.0"): .timeTicks(1), facts.appending(3, 2, 2, 1, 4, 1): .integer(42),
        ]
        for outlet in 1...UInt32(42) {
            table[facts.appending(4, 1, 2, 1, 3, 1, outlet)] = .integer(7)
            for sensor in [1, 4, 5, 6, 7, 8] as [UInt32] {
                table[facts.appending(5, 4, 3, 1, 4, 1, outlet, sensor)] = .unsigned(100)
                table[facts.appending(3, 5, 4, 1, 7, 1, outlet, sensor)] = .unsigned(1)
            }
        }
        let device = TableDevice(table)
        let model = try builtIn("raritan-px2")
        let driver = driver(model, device)
        for _ in 0..<2 { _ = try await driver.read() }
        device.forgetRequests()
        let reading = try await driver.read()
        #expect(reading.outletMeasurements.values.allSatisfy { $0.count == 6 })
        #expect(device.gets.count == PollCost(model).requests)
    }

    @Test("in version 1 drops the object that is not there, asks again and remembers it")
    func version1() async throws {
        var table = Self.table(outlets: 4)
        for column in ["1.3.6.1.4.1.9.5", "1.3.6.1.4.1.9.6"] {
            for outlet in 1...UInt32(4) { table[oid(column).appending(outlet)] = nil }
        }
        table[oid("1.3.6.1.4.1.9.4.2")] = nil
        let device = TableDevice(table, version1: true)
        let driver = driver(try sampleModel(Self.metered), device)
        let first = try await driver.read()
        #expect(first.outlets.count == 4)
        #expect(first.measured(1) == [.current: 0.3])
        #expect(first.measured(2) == nil)
        #expect(first.measurements == [.power: 150, .voltage: 230.1, .energy: 12000])
        // What was dropped made the first requests smaller than they might have been.
        _ = try await driver.read()
        device.forgetRequests()
        #expect(try await driver.read() == first)
        #expect(device.gets.count == 1)
    }

    @Test("in version 1 goes on asking for outlets that were not there, one at a time")
    func version1Outlets() async throws {
        var table = Self.table(outlets: 4)
        table[oid("1.3.6.1.4.1.9.3.2")] = nil
        table[oid("1.3.6.1.4.1.9.3.3")] = nil
        let device = TableDevice(table, version1: true)
        let driver = driver(try sampleModel(), device)
        #expect(try await driver.read().outlets.count == 2)
        device.forgetRequests()
        #expect(try await driver.read().outlets.count == 2)
        #expect(device.gets.count == 2)
        device[oid("1.3.6.1.4.1.9.3.2")] = .integer(1)
        device[oid("1.3.6.1.4.1.9.3.3")] = .integer(1)
        _ = try await driver.read()
        #expect(try await driver.read().outlets.count == 4)
    }

    @Test("of some states asks for these only, each time")
    func states() async throws {
        let device = TableDevice(Self.table(outlets: 3))
        let driver = driver(try sampleModel(Self.metered), device, outlets: [1, 2, 3])
        let two = try #require(OutletNumber(2))
        let reading = try await driver.read(.states([two]))
        #expect(reading == DeviceReading(outlets: [two: .settled(.off)]))
        #expect(device.gets == [[oid("1.3.6.1.2.1.1.3.0"), oid("1.3.6.1.4.1.9.3.2")]])
    }

    @Test("takes a pending flag before the state, and the state where there is no flag")
    func pendingFlag() async throws {
        let state = """
            { oid: 1.3.6.1.4.1.9.3.(outlet), on: 1, off: 2, pending_flag: { oid: 1.3.6.1.4.1.9.12.(outlet), is: 1 } }
            """
        var table = Self.table(outlets: 3)
        table[oid("1.3.6.1.4.1.9.12.1")] = .integer(1)
        table[oid("1.3.6.1.4.1.9.12.2")] = .integer(2)
        let driver = driver(try sampleModel(state: state), TableDevice(table))
        #expect(try await driver.read().states == [1: .pending, 2: .settled(.off), 3: .settled(.on)])
    }

    @Test("leaves an outlet out that the device does not answer for, and guesses nothing")
    func strange() async throws {
        var table = Self.table(outlets: 5)
        table[oid("1.3.6.1.4.1.9.3.1")] = .octets([0xFF, 0xFE])
        table[oid("1.3.6.1.4.1.9.3.2")] = nil
        table[oid("1.3.6.1.4.1.9.3.3")] = .null
        table[oid("1.3.6.1.4.1.9.3.4")] = .integer(99)
        table[oid("1.3.6.1.4.1.9.4.5")] = .integer(-1)
        table[oid("1.3.6.1.4.1.9.5.5")] = .octets(Array("?".utf8))
        table[oid("1.3.6.1.4.1.9.6.4")] = .integer(99)
        table[oid("1.3.6.1.4.1.9.7.2")] = .octets([])
        table[oid("1.3.6.1.4.1.9.8.2")] = .integer(2300)
        let reading = try await driver(try sampleModel(Self.metered), TableDevice(table)).read()
        #expect(
            reading.states == [
                1: .indeterminate("\"\u{FFFD}\u{FFFD}\""), 4: .indeterminate("99"), 5: .settled(.on),
            ]
        )
        #expect(reading.measured(5) == nil)
        #expect(reading.measured(4) == [.current: 1.2])
        #expect(reading.measurements == [.energy: 12000], "a sum of some phases, or one voltage of two, was made up")
    }

    @Test("takes counters of 64 bits for what they are, up to the largest", arguments: [0, 1 << 33, UInt64.max])
    func wideCounters(_ count: UInt64) async throws {
        var table = Self.table(outlets: 2)
        table[oid("1.3.6.1.4.1.9.10.0")] = .counter64(count)
        table[oid("1.3.6.1.4.1.9.5.1")] = .counter64(count)
        let reading = try await driver(try sampleModel(Self.metered), TableDevice(table)).read()
        #expect(reading.measurements[.energy] == Double(count))
        #expect(reading.measured(1)?[.power] == Double(count) / 10)
        // It does not run over within anybody's life.
        #expect(reading.energySpan == nil)
    }

    @Test("of a table that ends early, or has holes, gives the rows that are there")
    func holes() async throws {
        var table = Self.table(outlets: 6)
        for outlet in [2, 5, 6] as [UInt32] {
            for column in [3, 4, 5, 6] as [UInt32] { table[oid("1.3.6.1.4.1.9").appending(column, outlet)] = nil }
        }
        for version1 in [false, true] {
            let counted = driver(try sampleModel(Self.metered), TableDevice(table, version1: version1))
            #expect(try await counted.read().states.keys.sorted() == [1, 3, 4])
            let rows = "{ rows: { column: 1.3.6.1.4.1.9.3, index: [outlet] } }"
            let listed = driver(try sampleModel(Self.metered, outlets: rows), TableDevice(table, version1: version1))
            let reading = try await listed.read()
            #expect(reading.states.keys.sorted() == [1, 3, 4])
            #expect(reading.outletMeasurements.count == 3)
            #expect(try await listed.describe().outlets?.count == 3)
        }
    }

    @Test("asks a device that has started anew for everything again")
    func restart() async throws {
        let device = TableDevice(Self.table(outlets: 2))
        let driver = driver(try sampleModel(Self.metered), device)
        #expect(try await driver.read().outlets.count == 2)
        for (object, value) in Self.table(outlets: 3) { device[object] = value }
        #expect(try await driver.read().outlets.count == 2)
        device[oid("1.3.6.1.2.1.1.3.0")] = .timeTicks(10)
        device[oid("1.3.6.1.4.1.9.6.3")] = .integer(2)
        let reading = try await driver.read()
        #expect(reading.outlets.count == 3)
        #expect(reading.measured(3)?[.power] == 30)
    }

    @Test(
        "says what is wrong with a device that does not tell its outlets",
        arguments: [nil, SNMPValue.integer(0), .integer(-3), .octets(Array("many".utf8)), .unsigned(.max)]
    )
    func noCount(value: SNMPValue?) async throws {
        var table = Self.table(outlets: 1)
        table[oid("1.3.6.1.4.1.9.1.0")] = value
        let driver = driver(try sampleModel(), TableDevice(table))
        await #expect(
            throws: DriverError(
                .badReply,
                "rack1: it does not say how many outlets it has (1.3.6.1.4.1.9.1.0): check that model sample fits, or "
                    + "list them under outlets"
            )
        ) { try await driver.read() }
    }

    @Test("opens the SNMP session anew after silence, and not after another error")
    func silence() async throws {
        let device = TableDevice(Self.table(outlets: 1))
        let driver = driver(try sampleModel(), device)
        device.fail(with: SNMPError(.wrongPassphrase, "rack1: wrong passphrase"))
        await #expect(throws: DriverError(.authentication, "rack1: wrong passphrase")) { try await driver.read() }
        #expect(device.closed == 0)
        device.fail(with: SNMPError(.noAnswer, "rack1: no answer"))
        await #expect(throws: DriverError(.timeout, "rack1: no answer")) { try await driver.read() }
        #expect(device.closed == 1)
        #expect(try await driver.read().outlets.count == 1)
    }

    @Test("describes the device with what it says of itself")
    func describe() async throws {
        let extra = """
            names: { oid: 1.3.6.1.4.1.9.20.(outlet), packed: { separator: ",", element: 1 } }
            device: { model: 1.3.6.1.4.1.9.21.0, firmware: 1.3.6.1.4.1.9.22.0, serial: 1.3.6.1.4.1.9.23.0 }
            """
        var table = Self.table(outlets: 3)
        table[oid("1.3.6.1.4.1.9.20.1")] = .octets(Array("pump,9".utf8))
        table[oid("1.3.6.1.4.1.9.20.2")] = .octets(Array("\n<b>lamp\u{7}</b>\0".utf8))
        table[oid("1.3.6.1.4.1.9.20.3")] = .octets([])
        table[oid("1.3.6.1.4.1.9.21.0")] = .octets(Array("PX9".utf8))
        table[oid("1.3.6.1.4.1.9.22.0")] = .integer(4)
        let description = try await driver(try sampleModel(extra), TableDevice(table)).describe()
        #expect(description.model == "PX9")
        #expect(description.firmware == nil)
        #expect(description.serial == nil)
        #expect(description.outlets == (1...3).compactMap { OutletNumber($0) })
        let names = Dictionary(uniqueKeysWithValues: description.outletNames.map { ($0.key.rawValue, $0.value) })
        #expect(names == [1: "pump", 2: "<b>lamp</b>"])
    }
}
