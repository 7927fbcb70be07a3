import ArgumentParser
import Power
import Remote

/// The options of every command that switches.
struct SwitchOptions: ParsableArguments {
    @Argument(help: "What to switch.", completion: .custom(TargetCompletion.complete))
    var targets: [String]

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How long to wait for the answers, in seconds, besides what the command itself takes.")
    var timeout = 30.0

    @Option(help: "Who wants it, for the audit trail; else the user and the host, like alice@lab.")
    var by: String?

    @Option(help: "Why, for the audit trail.")
    var reason: String?

    @Option(help: "Wait so many seconds before acting.")
    var delay: Double?

    @Option(help: "How long the agent tries before it gives up, in seconds; else what its configuration says.")
    var limit: Double?

    @Flag(help: "Switch protected outlets too.")
    var force = false

    @Flag(help: "Only tell what would happen.")
    var dryRun = false

    @Flag(help: "Print the results as JSON, one a line; the same as --output json.")
    var json = false

    @Option(
        name: [.customShort("o"), .long],
        help: "How to print the results: text (a line for each target), folded (equal ones in one line) or json."
    )
    var output: OutcomeFormat?

    @Flag(
        help:
            "Switch the devices of the configuration from here, without broker and agent. Not while an agent runs them."
    )
    var direct = false

    mutating func validate() throws {
        guard !targets.isEmpty else { throw ValidationError("name at least one target") }
        guard (0.1...86_400).contains(timeout) else { throw ValidationError("--timeout must be 0.1 to 86400 seconds") }
        if let delay, !(0...86_400).contains(delay) { throw ValidationError("--delay must be 0 to 86400 seconds") }
        if let limit, !(0.5...3600).contains(limit) { throw ValidationError("--limit must be 0.5 to 3600 seconds") }
    }

    /// The command that these options ask for.
    func order(_ action: Power.Action) -> RemoteOrder {
        var order = RemoteOrder(action)
        order.delay = delay
        order.limit = limit
        order.by = by ?? Caller.current
        order.reason = reason
        order.force = force
        order.dryRun = dryRun
        return order
    }

    /// Gives the command, prints how it ended and throws the exit code.
    func run(_ order: RemoteOrder) async throws {
        let expressions = try RemoteFailure.targets(targets)
        let progress = ProgressLine()
        let outcomes: [RemoteOutcome]
        do {
            let patience = Duration.seconds(timeout + (order.dryRun ? 0 : order.duration))
            if direct {
                let bench = try DirectBench(path: broker.file.path)
                outcomes = try await bench.command(expressions, order, progress: progress.show)
            } else {
                let settings = try broker.settings(connectTime: min(patience, .seconds(5)))
                outcomes = try await Remote.command(
                    settings,
                    expressions,
                    order,
                    patience: patience,
                    progress: progress.show
                )
            }
        } catch let error as RemoteError {
            throw RemoteFailure.report(error)
        }
        progress.clear()
        switch json ? .json : output ?? .text {
        case .text: for outcome in outcomes { print(OutcomeText.text(outcome, json: false)) }
        case .json: for outcome in outcomes { print(OutcomeText.text(outcome, json: true)) }
        case .folded: print(OutcomeText.folded(outcomes))
        }
        let code = outcomes.map(\.exitCode).max() ?? 0
        if code != 0 { throw ExitCode(code) }
    }
}

/// How the results of commands are printed.
enum OutcomeFormat: String, CaseIterable, ExpressibleByArgument {
    case text
    case folded
    case json
}
