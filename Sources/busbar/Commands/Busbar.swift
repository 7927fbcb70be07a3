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
            Write a configuration:        busbar init --config busbar.yaml
            Run the agent:                busbar agent --config busbar.yaml
            Switch an outlet:             busbar on strip/1 --config busbar.yaml

            Every command reads --config, else the variable BUSBAR_CONFIG, else /etc/busbar/busbar.yaml. Exit codes: 0 as \
            asked, 1 tried without success, 2 refused or names nothing, 3 nobody answers, 64 wrong usage, 78 bad \
            configuration.
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Switch",
                subcommands: [OnCommand.self, OffCommand.self, ToggleCommand.self, CycleCommand.self]
            ),
            CommandGroup(
                name: "Look",
                subcommands: [
                    StatusCommand.self, GetCommand.self, ListCommand.self, WatchCommand.self, WaitCommand.self,
                    LogCommand.self, PageCommand.self,
                ]
            ),
            CommandGroup(
                name: "Begin",
                subcommands: [
                    DemoCommand.self, InitCommand.self, ProbeCommand.self, ScanCommand.self, ModelsCommand.self,
                    VerifyDeviceCommand.self, ImportCommand.self, ExportCommand.self,
                ]
            ),
            CommandGroup(
                name: "Run",
                subcommands: [
                    AgentCommand.self, CheckCommand.self, ReloadCommand.self, HealthCommand.self, FleetCommand.self,
                    UserCommand.self, AccessListCommand.self,
                ]
            ),
            CommandGroup(name: "Simulate", subcommands: [SimulateCommand.self]),
        ]
    )
}
