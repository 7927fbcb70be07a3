import ArgumentParser
import Power
import Remote

/// `busbar cycle`.
struct CycleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cycle",
        abstract: "Switch outlets off and on again.",
        discussion: "The agent does both, and also when it dies in between.\n\n" + RemoteFailure.discussion
    )

    @OptionGroup var options: SwitchOptions

    @Option(help: "How long to stay off, in seconds; else what the agent's configuration says.")
    var offTime: Double?

    func validate() throws {
        if let offTime, !(0.1...3_600).contains(offTime) {
            throw ValidationError("--off-time must be 0.1 to 3600 seconds")
        }
    }

    func run() async throws {
        var order = options.order(.cycle)
        order.offTime = offTime
        try await options.run(order)
    }
}
