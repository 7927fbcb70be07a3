import ArgumentParser
import Power
import Remote

/// `busbar toggle`.
struct ToggleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "toggle",
        abstract: "Read outlets and switch each to its other state.",
        discussion: RemoteFailure.discussion
    )

    @OptionGroup var options: SwitchOptions

    func run() async throws {
        try await options.run(options.order(.toggle))
    }
}
