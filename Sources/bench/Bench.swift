import ArgumentParser

/// `bench`: measures the hot paths, as in docs/performance.md.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure Busbar with simulated devices, a real mosquitto and a real agent on this machine.",
        subcommands: [
            CommandBench.self, SwitchBench.self, BurstBench.self, StripBench.self, ReadBench.self, FleetBench.self,
            DeadBench.self, LoadBench.self, PendingBench.self, JournalBench.self,
        ]
    )
}
