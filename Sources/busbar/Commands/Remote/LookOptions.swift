import ArgumentParser
import Power
import Remote

/// The options of the commands that only look.
struct LookOptions: ParsableArguments {
    @Argument(
        help: "What to show, such as rack1, rack1/3, @group or load:server; everything by default.",
        completion: .custom(TargetCompletion.complete)
    )
    var targets: [String] = []

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How long to wait for the broker, in seconds.")
    var timeout = 5.0

    func validate() throws {
        guard (0.1...86_400).contains(timeout) else { throw ValidationError("--timeout must be 0.1 to 86400 seconds") }
    }

    /// How to reach the agents.
    func settings() throws -> RemoteSettings { try broker.settings(connectTime: .seconds(timeout)) }

    /// Looks, and finds what the targets name.
    ///
    /// - Parameter isDirect: whether the devices of the configuration are asked, and not the broker.
    func look(
        _ depth: RemoteInterest.Depth,
        isDirect: Bool
    ) async throws -> (fleet: Fleet, selection: Fleet.Selection) {
        let expressions = try RemoteFailure.targets(targets)
        do {
            if isDirect { return try await DirectBench(path: broker.file.path).look(expressions) }
            let interest = RemoteInterest(expressions, depth: depth, looksIntoGroups: true)
            let fleet = try await Remote.look(try settings(), interest)
            return (fleet, try fleet.select(expressions))
        } catch let error as RemoteError {
            throw RemoteFailure.report(error)
        }
    }
}

/// The option of the commands that can look without broker and agent.
struct DirectOption: ParsableArguments {
    @Flag(
        name: .customLong("direct"),
        help: "Ask the devices of the configuration from here, without broker and agent. Not while an agent runs them."
    )
    var isDirect = false
}
