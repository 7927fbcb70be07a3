import Power
import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("Switching a device", .timeLimit(.minutes(10)))
struct SwitchingTests {
    private static let table: [OID: SNMPValue] = [
        oid("1.3.6.1.2.1.1.3.0"): .timeTicks(5000), oid("1.3.6.1.4.1.9.1.0"): .integer(4),
        oid("1.3.6.1.4.1.9.13.0"): .octets(Array("1,0,-1,1".utf8)),
    ]

    @Test("writes the value of the state, with retries")
    func plain() async throws {
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(), device)
        try await driver.set([3: .off])
        try await driver.set([3: .on])
        #expect(
            device.sets == [
                [VarBind(oid("1.3.6.1.4.1.9.2.3"), .integer(2))], [VarBind(oid("1.3.6.1.4.1.9.2.3"), .integer(1))],
            ]
        )
        #expect(device.setRetries == [nil, nil])
    }

    @Test("cycles with one request that is never repeated")
    func cycle() async throws {
        let device = TableDevice(Self.table)
        try await driver(try sampleModel(), device).cycle(2)
        #expect(device.sets == [[VarBind(oid("1.3.6.1.4.1.9.2.2"), .integer(3))]])
        #expect(device.setRetries == [0])
    }

    @Test("does not cycle where the device cannot")
    func noCycle() async throws {
        let control = "{ oid: 1.3.6.1.4.1.9.2.(outlet), on: 1, off: 2 }"
        let driver = driver(try sampleModel(control: control), TableDevice(Self.table))
        #expect(!driver.traits.cyclesByItself)
        await #expect(
            throws: DriverError(.unsupported, "rack1: outlet 2: model sample cannot cycle an outlet by itself")
        ) { try await driver.cycle(2) }
    }

    @Test("writes each action to its own object in its own type")
    func ownObjects() async throws {
        let control = """
            { on: { oid: 1.3.6.1.4.1.9.2.4.(outlet), value: 0 },
              off: { oid: 1.3.6.1.4.1.9.2.3.(outlet), value: 0, type: unsigned },
              cycle: { oid: 1.3.6.1.4.1.9.2.5.(outlet), value: go, type: octets } }
            """
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(control: control), device)
        try await driver.set([1: .on])
        try await driver.set([1: .off])
        try await driver.cycle(1)
        #expect(
            device.sets == [
                [VarBind(oid("1.3.6.1.4.1.9.2.4.1"), .integer(0))], [VarBind(oid("1.3.6.1.4.1.9.2.3.1"), .unsigned(0))],
                [VarBind(oid("1.3.6.1.4.1.9.2.5.1"), .octets(Array("go".utf8)))],
            ]
        )
    }

    @Test("unlocks before and commits after, and does all of it again when the answer got lost")
    func steps() async throws {
        let control = """
            { oid: 1.3.6.1.4.1.9.2.(outlet), on: 1, off: 0, cycle: 2,
              before: { oid: 1.3.6.1.4.1.9.8.(outlet), value: 1, expires: true },
              after: { oid: 1.3.6.1.4.1.9.9.0, value: 5 } }
            """
        let unlock = [VarBind(oid("1.3.6.1.4.1.9.8.1"), .integer(1))]
        let commit = [VarBind(oid("1.3.6.1.4.1.9.9.0"), .integer(5))]
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(control: control), device)
        device.failSet(with: nil)
        device.failSet(with: SNMPError(.noAnswer, "no answer"))
        try await driver.set([1: .on])
        let on = [VarBind(oid("1.3.6.1.4.1.9.2.1"), .integer(1))]
        #expect(device.sets == [unlock, on, unlock, on, commit])
        #expect(device.setRetries.allSatisfy { $0 == 0 })
        device.forgetRequests()
        device.failSet(with: nil)
        device.failSet(with: SNMPError(.noAnswer, "no answer"))
        await #expect(throws: DriverError(.timeout, "outlet 1: no answer")) { try await driver.cycle(1) }
        #expect(device.sets == [unlock, [VarBind(oid("1.3.6.1.4.1.9.2.1"), .integer(2))]])
    }

    @Test("switches several outlets in one request where the model says so")
    func oneRequest() async throws {
        let control = "{ oid: 1.3.6.1.4.1.9.2.(outlet), on: 1, off: 2, together: one_request }"
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(control: control), device)
        #expect(driver.traits.switchesTogether)
        try await driver.set([3: .on, 1: .off])
        #expect(
            device.sets == [
                [VarBind(oid("1.3.6.1.4.1.9.2.1"), .integer(2)), VarBind(oid("1.3.6.1.4.1.9.2.3"), .integer(1))]
            ]
        )
    }

    @Test("queues several outlets and commits where the model says so, and switches one outlet without that")
    func queue() async throws {
        let control = """
            { oid: 1.3.6.1.4.1.9.2.(outlet), on: 1, off: 2,
              together: { on: 4, off: 5, before: { oid: 1.3.6.1.4.1.9.9.0, value: 0 },
                          after: { oid: 1.3.6.1.4.1.9.9.0, value: 1 } } }
            """
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(control: control), device)
        try await driver.set([3: .on, 1: .off])
        try await driver.set([2: .on])
        #expect(
            device.sets == [
                [VarBind(oid("1.3.6.1.4.1.9.9.0"), .integer(0))],
                [VarBind(oid("1.3.6.1.4.1.9.2.1"), .integer(5)), VarBind(oid("1.3.6.1.4.1.9.2.3"), .integer(4))],
                [VarBind(oid("1.3.6.1.4.1.9.9.0"), .integer(1))],
                [VarBind(oid("1.3.6.1.4.1.9.2.2"), .integer(1))],
            ]
        )
    }

    @Test("refuses several outlets where the model cannot, before anything is written")
    func oneAtATime() async throws {
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(), device)
        await #expect(throws: DriverError(.unsupported, "rack1: model sample switches one outlet at a time")) {
            try await driver.set([1: .on, 2: .on])
        }
        #expect(device.sets.isEmpty)
    }

    private static let packed = """
        { type: octets, oid: 1.3.6.1.4.1.9.13.0, on: "1", off: "0", packed: { separator: ",", element: outlet } }
        """

    @Test("reads, changes and writes a text that holds all outlets, and leaves the others as they are")
    func packedText() async throws {
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(control: Self.packed), device)
        try await driver.set([1: .off, 2: .on])
        #expect(device.sets == [[VarBind(oid("1.3.6.1.4.1.9.13.0"), .octets(Array("0,1,-1,1".utf8)))]])
    }

    @Test("writes nothing where the text does not have the outlet")
    func packedTextTooShort() async throws {
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(control: Self.packed), device, outlets: [5])
        await #expect(
            throws: DriverError(
                .badReply,
                "rack1: outlet 5: it is not in the device's list, so nothing was written"
            )
        ) { try await driver.set([5: .on]) }
        #expect(device.sets.isEmpty)
    }

    @Test("of an outlet that the device does not have writes nothing")
    func unknownOutlet() async throws {
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(), device)
        await #expect(throws: DriverError(.unsupported, "rack1: the device has no outlet 9, only 1-4")) {
            try await driver.set([9: .off])
        }
        #expect(device.sets.isEmpty)
    }

    @Test(
        "says whether it may have been done, and what to do",
        arguments: [
            (SNMPError.Code.noAnswer, DriverError.Code.timeout, true, ""),
            (.privacySilence, .timeout, true, ""),
            (.genErr, .badReply, true, ""),
            (.badReply, .badReply, true, ""),
            (.cancelled, .cancelled, true, ""),
            (.closed, .cancelled, true, ""),
            (.sendFailed, .unreachable, false, ""),
            (.authorizationError, .authentication, false, ""),
            (.overloaded, .busy, false, ""),
            (.noSuchObject, .refused, false, "; check the model and that the device has this outlet"),
            (
                .notWritable, .refused, false,
                "; check that the community or user may write, and that the device allows switching by SNMP"
            ),
            (.wrongTypeOrValue, .refused, false, "; the outlet may be locked or not in manual mode on the device"),
        ]
    )
    func errors(code: SNMPError.Code, expected: DriverError.Code, leavesDoubt: Bool, advice: String) async throws {
        let device = TableDevice(Self.table)
        let driver = driver(try sampleModel(), device, outlets: [1])
        device.failSet(with: SNMPError(code, "rack1: it went wrong"))
        let error = await #expect(throws: DriverError.self) { try await driver.set([1: .on]) }
        #expect(error == DriverError(expected, "outlet 1: rack1: it went wrong\(advice)"))
        #expect(error?.leavesDoubt == leavesDoubt)
    }
}
