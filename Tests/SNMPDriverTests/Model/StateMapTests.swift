import Power
import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("A map of states")
struct StateMapTests {
    @Test(
        "passes on what it does not know in the device's words",
        arguments: [
            (SNMPValue.integer(7), OutletReading.settled(.on)),
            (.integer(8), .settled(.off)),
            (.unsigned(8), .settled(.off)),
            (.octets(Array("7".utf8)), .settled(.on)),
            (.octets(Array("closed\0".utf8)), .settled(.on)),
            (.integer(3), .pending),
            (.integer(-1), .indeterminate("unavailable")),
            (.integer(5), .indeterminate("5")),
            (.octets(Array("ON".utf8)), .indeterminate("\"ON\"")),
            (.octets([]), .indeterminate("\"\"")),
            (.opaqueFloat(7), .indeterminate("7.0")),
            (.counter64(.max), .indeterminate("18446744073709551615")),
            (.objectIdentifier([1, 3, 6]), .indeterminate("1.3.6")),
            (.other(type: 0x99, bytes: [1]), .indeterminate("a value of type 153")),
            (.integer(0), nil),
        ] as [(SNMPValue, OutletReading?)]
    )
    func reading(value: SNMPValue, expected: OutletReading?) throws {
        let model = try sampleModel(
            state: """
                { oid: 1.3.6.1.(outlet), on: [7, closed], off: 8, pending: 3, missing: 0, other: { -1: unavailable } }
                """
        )
        let answer = try #require(DeviceValue(value))
        #expect(model.state.reading(answer) == expected)
    }
}
