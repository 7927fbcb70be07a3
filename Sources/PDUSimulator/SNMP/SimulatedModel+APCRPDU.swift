import Power

extension SimulatedModel {
    /// APC's first switched rack PDUs, AP79xx (PowerNet-MIB, rPDU).
    ///
    /// rPDUOutletControlOutletCommand takes 1 immediateOn to 7 cancelPendingCommand; rPDUOutletStatusOutletState tells
    /// 1 on, 2 off, and only 1.5 to 2.5 s after a switch.
    public static let apcRPDU = SimulatedModel(
        name: "apc-rpdu",
        systemDescription: "APC Web/SNMP Management Card (Busbar simulator) AP7920",
        systemObjectID: "1.3.6.1.4.1.318.1.3.4.5",
        objects: [
            // rPDUIdentDeviceNumOutlets
            SimulatedObject("1.3.6.1.4.1.318.1.1.12.1.8.0", .integer, .outletCount),
            // rPDUIdentDevicePowerWatts
            SimulatedObject("1.3.6.1.4.1.318.1.1.12.1.16.0", .integer, .deviceMeasurement(.power, factor: 1)),
            // rPDUIdentDevicePowerFactor
            SimulatedObject("1.3.6.1.4.1.318.1.1.12.1.17.0", .integer, .deviceMeasurement(.powerFactor, factor: 1_000)),
            // rPDUIdentDevicePowerVA
            SimulatedObject("1.3.6.1.4.1.318.1.1.12.1.18.0", .integer, .deviceMeasurement(.apparentPower, factor: 1)),
            // rPDUOutletDevNumCntrlOutlets
            SimulatedObject("1.3.6.1.4.1.318.1.1.12.3.1.3.0", .integer, .outletCount),
            // rPDUOutletControlOutletName
            SimulatedObject(
                "1.3.6.1.4.1.318.1.1.12.3.3.1.1.2.{outlet}",
                .octets,
                .outletName(isWritable: false)
            ),
            // rPDUOutletControlOutletCommand
            SimulatedObject(
                "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.{outlet}",
                .integer,
                .control(
                    .init(
                        [
                            1: .on, 2: .off, 3: .cycle, 4: .delayedOn, 5: .delayedOff, 6: .delayedCycle, 7: .cancel,
                        ],
                        reading: .init(on: 1, off: 2)
                    )
                )
            ),
            // rPDUOutletStatusOutletState
            SimulatedObject("1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.{outlet}", .integer, .state(.init(on: 1, off: 2))),
            // rPDUOutletStatusCommandPending
            SimulatedObject("1.3.6.1.4.1.318.1.1.12.3.5.1.1.5.{outlet}", .integer, .pending(yes: 1, no: 2)),
            // rPDUOutletStatusLoad, tenths of an ampere
            SimulatedObject(
                "1.3.6.1.4.1.318.1.1.12.3.5.1.1.7.{outlet}",
                .gauge,
                .outletMeasurement(.current, factor: 10)
            ),
        ],
        settleLag: .milliseconds(1_500) ... .milliseconds(2_500)
    )
}
