import PDUSimulator
import Power

extension TestBed {
    /// When a switch was seen by the device and when its verified state came, in milliseconds from the command.
    struct SwitchTimes {
        var seen: Double?
        var verified: Double?
    }

    /// Switches an outlet of a fleet to what it is not, and waits for the result.
    ///
    /// - Parameter payload: the command that holds `ON` or `OFF`.
    func flip(
        _ outlet: Int,
        ofDevice device: Int,
        in fleet: SNMPFleet,
        by payload: (String) -> String = { $0 }
    ) async throws -> SwitchTimes {
        let topic = "lab/pdu/p\(device)/outlet/\(outlet)"
        for kind in ["/state", "/result"] { arrivals.forget(topic + kind) }
        let begun = MonotonicTime.nanoseconds
        let word = fleet.state(device: device, outlet: outlet) == .on ? "OFF" : "ON"
        try send(payload(word), to: "p\(device)/\(outlet)")
        await arrivals.wait(forCount: 1, on: topic + "/result")
        func milliseconds(_ time: Int64?) -> Double? { time.map { Double($0 - begun) / 1e6 } }
        return SwitchTimes(
            seen: milliseconds(fleet.lastOrder(device: device, outlet: outlet)?.nanoseconds),
            verified: milliseconds(arrivals.time(of: topic + "/state"))
        )
    }
}
