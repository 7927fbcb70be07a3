import ArgumentParser
import Foundation
import Remote
import UnixSignals

/// `busbar watch`.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show what happens, as it happens.",
        discussion: """
            First the states that are known, then every change, every result of a command, and PDUs and agents that \
            come and go. Ctrl-C ends it.

            Exit codes: 0 ended as asked, 2 a target names nothing, 3 no broker, 64 wrong usage, 78 bad configuration.
            """
    )

    @OptionGroup var options: LookOptions

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @Option(name: .customLong("for"), help: "End after so many seconds.")
    var duration: Double?

    func validate() throws {
        if let duration, !(0.1...1e8).contains(duration) { throw ValidationError("--for must be 0.1 s or more") }
    }

    func run() async throws {
        let expressions = try RemoteFailure.targets(options.targets)
        let settings = try options.settings()
        let line = WatchLine(json: json, showsAll: expressions.isEmpty)
        let duration = duration.map { Duration.seconds($0) }
        let failure = await withTaskGroup(of: RemoteError?.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
                return nil
            }
            group.addTask {
                do throws(RemoteError) {
                    try await Remote.watch(
                        settings,
                        RemoteInterest(expressions, depth: .state, wantsResults: true, looksIntoGroups: true),
                        duration: duration,
                        begin: { fleet throws(RemoteError) in
                            line.begin(fleet, try fleet.select(expressions))
                        },
                        see: line.show
                    )
                    return nil
                } catch {
                    return error
                }
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
        if let failure { throw RemoteFailure.report(failure) }
    }
}
