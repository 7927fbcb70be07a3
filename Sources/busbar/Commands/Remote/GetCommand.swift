import ArgumentParser
import Power
import Remote

/// `busbar get`.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Have the devices read now, and show what they say.",
        discussion: """
            Asks the agents to read the PDUs of the targets, waits until each outlet's state was published again, and \
            prints the same as busbar status.

            Exit codes: 0 everything was read, 1 something is offline or was never read, 2 a target names nothing, 3 no \
            broker, no agent or no answer in time, 64 wrong usage, 78 bad configuration.
            """
    )

    @Argument(
        help: "What to read, such as rack1, rack1/3, @group or load:server.",
        completion: .custom(TargetCompletion.complete)
    )
    var targets: [String]

    @OptionGroup var broker: BrokerOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "How long to wait for the devices, in seconds.")
    var timeout = 30.0

    func validate() throws {
        guard !targets.isEmpty else { throw ValidationError("name at least one target") }
        guard (0.1...86_400).contains(timeout) else { throw ValidationError("--timeout must be 0.1 to 86400 seconds") }
    }

    func run() async throws {
        let expressions = try RemoteFailure.targets(targets)
        let settings = try broker.settings(connectTime: .seconds(min(timeout, 5)))
        do {
            let interest = RemoteInterest(expressions, depth: .state, looksIntoGroups: true)
            let (fleet, silent) = try await Remote.refresh(settings, expressions, interest, patience: .seconds(timeout))
            do {
                try StatusRows(fleet, try fleet.select(expressions)).show(output)
            } catch let code as ExitCode {
                // Of those that are offline it is known why nothing came.
                if silent.allSatisfy({ fleet.pdus[$0]?.isOnline == false }) { throw code }
            }
            guard silent.isEmpty || silent.allSatisfy({ fleet.pdus[$0]?.isOnline == false }) else {
                let names = silent.map(\.rawValue).joined(separator: ", ")
                throw RemoteError(
                    .unreachable,
                    "nothing came of \(names) within \(timeout) s; what is shown may be old"
                )
            }
        } catch let error as RemoteError {
            throw RemoteFailure.report(error)
        }
    }
}
