import PDUSimulator
import Testing

@Suite("Orders for a simulated device")
struct SimulatorOrderTests {
    @Test(
        "are understood in any case and spacing",
        arguments: [
            ("press 3", .press(outlet: 3)), ("  STATE ", .state), ("dead", .dead), ("Alive", .alive),
            ("refuse on", .refuse(true)), ("refuse OFF", .refuse(false)), ("latency 50ms", .latency(.milliseconds(50))),
            ("latency 250us", .latency(.microseconds(250))), ("loss 10%", .loss(0.1)), ("loss 0.5", .loss(0.5)),
            ("lag  2s", .lag(.seconds(2))), ("lag 1.5s", .lag(.milliseconds(1_500))), ("lag 1m", .lag(.seconds(60))),
            ("reboot", .reboot),
        ] as [(String, SimulatorOrder)]
    )
    func understood(text: String, order: SimulatorOrder) throws {
        #expect(try SimulatorOrder(text) == order)
    }

    @Test(
        "that make no sense are refused and say what would be right",
        arguments: [
            "", "press", "press 0", "press -1", "press x", "press 1 2", "explode", "refuse maybe", "latency 5",
            "latency -1s", "latency nans", "latency 9e99s", "lag 2h", "loss 101%", "loss -1", "loss nan", "loss x%",
            "press 99999999999999999999",
        ]
    )
    func refused(text: String) {
        #expect {
            _ = try SimulatorOrder(text)
        } throws: { error in
            (error as? PDUSimulatorError)?.code == .badOrder
        }
    }

    @Test("about faults change the faults and nothing else does")
    func applied() throws {
        var faults = Faults()
        for text in ["dead", "refuse on", "latency 1s", "loss 25%", "lag 3s"] {
            #expect(faults.apply(try SimulatorOrder(text)))
        }
        #expect(
            faults
                == Faults(
                    latency: .seconds(1),
                    loss: 0.25,
                    isDead: true,
                    isRefusing: true,
                    settleLag: .seconds(3)
                )
        )
        #expect(!faults.apply(.press(outlet: 1)) && !faults.apply(.reboot) && !faults.apply(.state))
        #expect(faults.apply(.alive) && !faults.isDead)
    }

    @Test("cannot make a share of losses that is none")
    func clamped() {
        var faults = Faults(loss: 7)
        #expect(faults.loss == 1)
        faults.loss = -1
        #expect(faults.loss == 0)
        faults.loss = .nan
        #expect(faults.loss == 0)
    }
}
