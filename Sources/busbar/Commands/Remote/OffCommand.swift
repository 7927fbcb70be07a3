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

    @OptionGroup var hold: HoldOption

    func run() async throws {
        var order = options.order(.off)
        order.holdTime = hold.holdTime
        try await options.run(order)
    }
}
