import ArgumentParser
import Power
import Remote

/// `busbar off`.
struct OffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "off",
        abstract: "Switch outlets and loads off.",
        discussion: RemoteFailure.discussion
    )

    @OptionGroup var options: SwitchOptions

    @OptionGroup var hold: HoldOption

    @Flag(help: "Of loads: switch off first what requires them.")
    var withDependents = false

    func run() async throws {
        var order = options.order(.off)
        order.holdTime = hold.holdTime
        order.withDependents = withDependents
        try await options.run(order)
    }
}
