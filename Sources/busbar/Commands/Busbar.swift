import ArgumentParser

/// The command `busbar`.
@main
struct Busbar: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "busbar",
        abstract: "Puts switched power outlets on MQTT.",
        discussion: """
            The agent subscribes to lab/pdu/+/outlet/+/set at an MQTT broker, switches outlets of EnerGenie power \
            strips and of SNMP PDUs, reads them back and publishes what the device says.

            Try it without any hardware:  busbar demo
            Find out what you have:       busbar probe 192.0.2.10
            Then write a configuration:   busbar check busbar.yaml
            And run the agent:            busbar agent --config busbar.yaml
            """,
        version: Version.current,
        subcommands: [
            AgentCommand.self, CheckCommand.self, ListCommand.self, StatusCommand.self, OnCommand.self,
            OffCommand.self, ToggleCommand.self, CycleCommand.self, WatchCommand.self, LogCommand.self,
            FleetCommand.self, HealthCommand.self, ProbeCommand.self, ScanCommand.self, VerifyDeviceCommand.self,
            AccessListCommand.self,
            DemoCommand.self,
            SimulateCommand.self,
        ]
    )
}
