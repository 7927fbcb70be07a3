import AgentConfiguration
import ArgumentParser

/// `busbar check`: looks for mistakes in a configuration and does nothing else.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for mistakes in a configuration file.",
        discussion: """
            Reads the file as the agent would, secrets and model files included, and prints every mistake with its \
            line. Nothing is contacted and nothing is switched.

            Exit codes: 0 the file is good, 78 it has mistakes.
            """
    )

    @Argument(help: "The configuration file; else BUSBAR_CONFIG, else /etc/busbar/busbar.yaml.")
    var file: String?

    @OptionGroup var option: ConfigurationOption

    func validate() throws {
        guard file == nil || option.config == nil else {
            throw ValidationError("name the file once: as an argument or with --config")
        }
    }

    func run() async throws {
        let file = file ?? option.path
        let configuration = try ConfigurationLoader(path: file).load()
        try DriverFactory.checkModels(of: configuration, path: file)
        let outlets = configuration.pdus.map(\.outlets.count).reduce(0, +)
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        print("\(file) is good: \(count(configuration.pdus.count, "PDU")), \(count(outlets, "outlet")) named.")
    }
}
