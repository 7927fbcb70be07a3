import ArgumentParser
import Power
import Remote

/// `busbar off`.
struct OffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "off",
        abstract: "Switch outlets off.",
        discussion: RemoteFailure.discussion
    )

    @OptionGroup var options: SwitchOptions

    @Option(name: .customLong("for"), help: "Go back after so many seconds.")
    var holdTime: Double?

    func validate() throws {
        if let holdTime, !(0.1...86_400).contains(holdTime) {
            throw ValidationError("--for must be 0.1 to 86400 seconds")
        }
    }

    func run() async throws {
        var order = options.order(.off)
        order.holdTime = holdTime
        try await options.run(order)
    }
}
