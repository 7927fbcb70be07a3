import Power
import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("A device that answers at random", .timeLimit(.minutes(10)))
struct StrangeAnswerTests {
    /// The same sequence in every run.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let values: [SNMPValue] = [
        .null, .noSuchObject, .noSuchInstance, .endOfMIBView, .integer(.min), .integer(.max), .integer(-1), .integer(0),
        .unsigned(.max), .counter32(7), .counter64(.max), .timeTicks(.max), .octets([]), .octets([0xFF, 0, 0x0A]),
        .octets(Array("99999999999999999999999".utf8)), .octets(Array("-9223372036854775808".utf8)),
        .octets(Array("1,,1,x".utf8)), .octets(Array("1e400".utf8)), .octets(Array(repeating: 0x2C, count: 3000)),
        .objectIdentifier([]), .objectIdentifier([1, 3]), .ipAddress([1, 2]), .opaqueFloat(.nan),
        .opaqueDouble(.infinity),
        .opaqueDouble(-.greatestFiniteMagnitude), .other(type: 0x47, bytes: []),
    ]

    @Test("never brings the driver down, and gives no number that is none", arguments: ModelFacts.all)
    func random(_ facts: ModelFacts) async throws {
        var dice = Dice(state: 42)
        let model = try builtIn(facts.model)
        for round in 0..<12 {
            var table: [OID: SNMPValue] = [oid("1.3.6.1.2.1.1.3.0"): .timeTicks(UInt32(1000 - round))]
            if let id = facts.sysObjectID { table[oid("1.3.6.1.2.1.1.2.0")] = .objectIdentifier(oid(id)) }
            for object in facts.objects {
                let isStrange = Int.random(in: 0..<4, using: &dice) == 0
                let usual = Int32(object.value).map { SNMPValue.integer($0) } ?? .octets(Array(object.value.utf8))
                table[oid(object.oid)] = isStrange ? Self.values.randomElement(using: &dice) ?? .null : usual
            }
            let device = TableDevice(table, version1: round % 3 == 0)
            let listed = facts.listsOutlets || round % 2 == 0 ? Set(1...facts.outlets) : []
            let driver = driver(model, device, outlets: listed, index: facts.index)
            for _ in 0..<2 {
                do throws(DriverError) {
                    let reading = try await driver.read()
                    let numbers = reading.outletMeasurements.values.flatMap(\.values) + reading.measurements.values
                    #expect(numbers.allSatisfy { $0.isFinite })
                    _ = try await driver.describe()
                    try await driver.set([1: .off])
                } catch {
                    #expect(!error.message.isEmpty)
                }
            }
        }
    }
}
