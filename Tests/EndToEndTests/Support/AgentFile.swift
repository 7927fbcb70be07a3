import PDUSimulator

/// The configuration file of an agent under test.
struct AgentFile: Sendable {
    var id = "bench-1"
    /// Where the broker is, when it is not the bench's own address without TLS.
    var broker: String?
    /// Further keys of `agent`.
    var agent: [String] = []
    /// Further keys of `mqtt`.
    var mqtt: [String] = []
    /// The PDUs, each as the text of a YAML flow mapping.
    var pdus: [String] = []
    /// The groups, each as `name: { … }`.
    var groups: [String] = []
    /// The loads, each as `name: { … }`.
    var loads: [String] = []
    /// Further lines on the left edge.
    var lines: [String] = []

    /// The text of the file.
    func text(broker: String, stateDirectory: String) -> String {
        let agent = (["id: \(id)", "state_directory: \(stateDirectory)"] + agent).joined(separator: ", ")
        let mqtt = (["broker: '\(broker)'"] + mqtt).joined(separator: ", ")
        let groups = groups.isEmpty ? [] : ["groups:"] + groups.map { "  \($0)" }
        let loads = loads.isEmpty ? [] : ["loads:"] + loads.map { "  \($0)" }
        return
            (["agent: { \(agent) }", "mqtt: { \(mqtt) }", "poll: { interval: 500ms }"] + lines + groups + loads + [
                "pdus:"
            ]
            + pdus.map { "  - { \($0) }" }).joined(separator: "\n") + "\n"
    }

    /// An EnerGenie strip.
    static func strip(
        _ name: String = "strip",
        device: SimulatedEnerGenie,
        password: String = "1",
        _ more: String...
    ) -> String {
        entry(
            [
                "name: \(name)", "driver: energenie", "host: 127.0.0.1", "port: \(device.webPort)",
                "password: '\(password)'",
            ] + more
        )
    }

    /// An EnerGenie strip by its native protocol.
    static func nativeStrip(_ name: String = "native", device: SimulatedEnerGenie) -> String {
        entry([
            "name: \(name)", "driver: energenie", "protocol: tcp", "host: 127.0.0.1", "port: \(device.nativePort)",
            "password: '1'",
        ])
    }

    /// A Raritan PX2 over SNMP version 2c.
    static func rack(_ name: String = "rack", port: Int, _ more: String...) -> String {
        snmp(name, port: port, ["model: raritan-px2", "version: 2c", "community: private"] + more)
    }

    /// Any PDU over SNMP.
    static func snmp(_ name: String, port: Int, _ more: [String]) -> String {
        entry(["name: \(name)", "driver: snmp", "host: 127.0.0.1", "port: \(port)"] + more)
    }

    /// A device gets more time for an answer than a busy machine takes. Else the agent sends a request twice, or calls an
    /// outcome unknown, that the test expects once and done. A test with a silent device says how long the agent waits.
    private static func entry(_ keys: [String]) -> String {
        let isTimed = keys.contains { $0.contains("timeout:") }
        return (keys + (isTimed ? [] : ["timeout: 10s"])).joined(separator: ", ")
    }
}
