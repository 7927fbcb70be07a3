import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("A measured value")
struct ScaleTests {
    @Test(
        "is scaled without the noise of binary fractions",
        arguments: [
            (2301.0, 0.1, 230.1), (230123, 0.001, 230.123), (7, 0.01, 0.07), (3, 100, 300), (5, 1, 5), (1, 0.5, 0.5),
        ]
    )
    func scaled(raw: Double, factor: Double, expected: Double) {
        #expect(MeasurementScale.scaled(raw, by: factor) == expected)
    }

    @Test(
        "takes its scale from the device",
        arguments: [
            (MeasurementScale.Rule.digits, 3, 0.001), (.digits, 0, 1), (.digits, -1, nil), (.digits, 19, nil),
            (.exponent, -3, 0.001), (.exponent, 3, 1000), (.exponent, 0, 1), (.exponent, 25, nil),
            (.factor, -10, 0.1), (.factor, 10, 10), (.factor, 0, 1), (.factor, .min, nil),
        ] as [(MeasurementScale.Rule, Int, Double?)]
    )
    func dynamic(rule: MeasurementScale.Rule, raw: Int, expected: Double?) throws {
        let object = try OIDTemplate("1.3.6")
        let scale = MeasurementScale.Dynamic(object: object, rule: rule, times: 1, constant: false)
        #expect(scale.factor(raw) == expected)
    }

    @Test(
        "is read from numbers of every type and from texts",
        arguments: [
            (SNMPValue.integer(-5), -5.0), (.unsigned(4_000_000_000), 4e9), (.counter64(1 << 40), 1_099_511_627_776),
            (.octets(Array("230.5 V".utf8)), 230.5), (.octets(Array(" -12".utf8)), -12), (.opaqueFloat(1.5), 1.5),
            (.octets(Array("n/a".utf8)), nil), (.octets([]), nil), (.opaqueFloat(.nan), nil),
            (.opaqueDouble(.infinity), nil),
            (.objectIdentifier([1, 3]), nil),
        ] as [(SNMPValue, Double?)]
    )
    func number(value: SNMPValue, expected: Double?) {
        #expect(DeviceValue(value)?.number == expected)
    }

    @Test(
        "is none where the device gives a reason for none",
        arguments: [
            SNMPValue.noSuchObject, .noSuchInstance, .endOfMIBView, .null,
        ]
    )
    func none(value: SNMPValue) {
        #expect(DeviceValue(value) == nil)
    }

    @Test("is absent where the number says so")
    func absent() {
        let absent = AbsentValues(negative: true, values: [0])
        #expect([-1, 0, 1].map { absent.contains($0) } == [true, true, false])
    }
}
