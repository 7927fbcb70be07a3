import Power

extension SimulatedModel {
    /// Raritan PX2, PX3 and PX4 (PDU2-MIB), the unit itself (pdu 1) with one inlet (inlet 1).
    ///
    /// switchingOperation takes 0 off, 1 on, 2 cycle; outletSwitchingState tells 7 on, 8 off. Sensor values are
    /// unsigned numbers with as many decimal digits as a second object says.
    public static let raritanPX2 = SimulatedModel(
        name: "raritan-px2",
        systemDescription: "Raritan PX2 Busbar simulator",
        systemObjectID: "1.3.6.1.4.1.13742.6",
        objects: [
            // outletCount
            SimulatedObject("1.3.6.1.4.1.13742.6.3.2.2.1.4.1", .integer, .outletCount),
            // outletName
            SimulatedObject("1.3.6.1.4.1.13742.6.3.5.3.1.3.1.{outlet}", .octets, .outletName(isWritable: true)),
            // switchingOperation
            SimulatedObject(
                "1.3.6.1.4.1.13742.6.4.1.2.1.2.1.{outlet}",
                .integer,
                .control(.init([0: .off, 1: .on, 2: .cycle], reading: .init(on: 1, off: 0)))
            ),
            // outletSwitchingState
            SimulatedObject("1.3.6.1.4.1.13742.6.4.1.2.1.3.1.{outlet}", .integer, .state(.init(on: 7, off: 8))),
        ]
            + raritanSensors(
                values: "1.3.6.1.4.1.13742.6.5.4.3.1.4.1.{outlet}",
                digits: "1.3.6.1.4.1.13742.6.3.5.4.1.7.1.{outlet}"
            ) { .outletMeasurement($0, factor: $1) }
            + raritanSensors(
                values: "1.3.6.1.4.1.13742.6.5.2.3.1.4.1.1",
                digits: "1.3.6.1.4.1.13742.6.3.3.4.1.7.1.1"
            ) { .deviceMeasurement($0, factor: $1) }
    )

    private static func raritanSensors(
        values: String,
        digits: String,
        _ content: (Quantity, Double) -> SimulatedObject.Content
    ) -> [SimulatedObject] {
        // sensorType, decimal digits
        let sensors: [(Quantity, Int, UInt32)] = [
            (.current, 1, 3), (.voltage, 4, 0), (.power, 5, 0), (.apparentPower, 6, 0), (.powerFactor, 7, 2),
            (.energy, 8, 0),
        ]
        return sensors.flatMap { quantity, type, decimals in
            var factor = 1.0
            for _ in 0..<decimals { factor *= 10 }
            return [
                SimulatedObject(.init(stringLiteral: "\(values).\(type)"), .gauge, content(quantity, factor)),
                SimulatedObject(.init(stringLiteral: "\(digits).\(type)"), .gauge, .constant(.gauge(decimals))),
            ]
        }
    }
}
