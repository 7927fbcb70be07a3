import ArgumentParser

/// `busbar simulate`: devices without hardware.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run simulated devices that speak the real protocols.",
        discussion: """
            While a simulated device runs, orders typed on its standard input change it: press the button of an \
            outlet behind the agent's back, let it die, refuse, lag, lose packets or reboot. Type help for the list.
            """,
        subcommands: [
            SimulateEnerGenieCommand.self, SimulateSNMPCommand.self, SimulateFleetCommand.self,
            PassPersistCommand.self,
        ]
    )
}
