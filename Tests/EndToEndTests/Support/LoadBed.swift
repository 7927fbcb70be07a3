import LocalServices
import PDUSimulator
import Power

/// A server with two supplies, on PDUs of two kinds: an EnerGenie strip's outlet 1 and a rack PDU's outlet 2.
struct LoadBed {
    let strip: SimulatedEnerGenie
    let rack: SimulatedSNMPDevice
    var file: AgentFile

    /// - Parameters:
    ///   - isImpatient: whether the agent waits 2 s for an answer and 10 s for a command's outcome. A test with a silent
    ///     device asks for that. The others give a device more than a busy machine takes, because a late answer makes an
    ///     outcome `unknown`.
    ///   - more: further keys of the load.
    init(state: PowerState = .on, isImpatient: Bool = false, _ more: String...) async throws {
        strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: state))
        rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3, initialState: state))
        file = AgentFile()
        let keys = isImpatient ? "timeout: 2s, retries: 0, command: { limit: 10s }" : "timeout: 30s, retries: 0"
        file.pdus = [AgentFile.strip(device: strip, keys), AgentFile.rack(port: rack.port, keys)]
        file.loads = ["server: { \((["feeds: [strip/1, rack/2]"] + more).joined(separator: ", ")) }"]
    }

    /// What the two feeds' devices were told, with the device's letter, in the order of time.
    var switches: [(word: String, at: Int64)] {
        let strips = strip.record.entries.filter { $0.outlet == 1 }.map { ("s\($0.value)", $0.nanoseconds) }
        let racks = rack.record.entries.filter { $0.outlet == 2 }.map { ("r\($0.value)", $0.nanoseconds) }
        return (strips + racks).sorted { $0.1 < $1.1 }
    }

    /// The same without the times: `s0` is the strip's outlet switched off, `r1` the rack's switched on.
    var words: [String] { switches.map(\.word) }

    /// Whether the load has power on each feed, as the devices themselves say.
    var states: [PowerState] { [strip.states[0], rack.pdu.states[1]] }
}
