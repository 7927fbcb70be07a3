import ArgumentParser
import Power
import Remote

/// `busbar on`.
struct OnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "on",
        abstract: "Switch outlets on.",
        discussion: RemoteFailure.discussion
    )

    @OptionGroup var options: SwitchOptions

    @OptionGroup var hold: HoldOption

    func run() async throws {
        var order = options.order(.on)
        order.holdTime = hold.holdTime
        try await options.run(order)
    }
}
