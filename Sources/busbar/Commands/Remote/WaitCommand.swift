import ArgumentParser
import Foundation
import Power
import Remote
import Synchronization
import UnixSignals

/// `busbar wait`.
struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until outlets and loads are in a state.",
        discussion: """
            Waits until every target is in the state, with its PDU and an agent online, and says so in one line each. A \
            state that is marked old does not count. Nothing is switched.

            busbar wait rack1/3 --state on --timeout 120 && ssh board

            Exit codes: 0 all are in the state, 1 they were not within the time, 2 a target names nothing, 3 no broker, \
            64 wrong usage, 78 bad configuration.
            """
    )

    @Argument(
        help: "What to wait for, such as rack1/3, \"DUT A\", @group or load:server.",
        completion: .custom(TargetCompletion.complete)
    )
    var targets: [String]

    @Option(help: "The state: on, off, or online for any state that is not old.")
    var state: AwaitedState

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How long to wait, in seconds.")
    var timeout = 60.0

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    func validate() throws {
        guard !targets.isEmpty else { throw ValidationError("name at least one target") }
        guard (0.1...1e8).contains(timeout) else { throw ValidationError("--timeout must be 0.1 s or more") }
    }

    func run() async throws {
        let expressions = try RemoteFailure.targets(targets)
        let settings = try broker.settings(connectTime: .seconds(min(timeout, 5)))
        let board = AwaitedBoard(state)
        let (reached, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let failure = await withTaskGroup(of: RemoteError?.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
                return nil
            }
            group.addTask {
                for await _ in reached { break }
                return nil
            }
            group.addTask {
                do throws(RemoteError) {
                    try await Remote.watch(
                        settings,
                        RemoteInterest(expressions, depth: .state, looksIntoGroups: true),
                        duration: .seconds(timeout),
                        begin: { fleet throws(RemoteError) in
                            if board.begin(fleet, try fleet.select(expressions)) { signal.yield() }
                        },
                        see: { if board.see($0) { signal.yield() } }
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
        let missing = board.missing
        guard missing.isEmpty else {
            throw ExitCode.notDone.because(
                "not \(state.rawValue) within \(timeout) s: " + missing.joined(separator: ", ")
            )
        }
        if !quiet { print(FoldedLines.text(board.names.map { ($0, state.rawValue) })) }
    }
}

/// What is waited for.
enum AwaitedState: String, CaseIterable, ExpressibleByArgument {
    case on
    case off
    case online
}

/// Which of the things that are waited for have the state now.
private final class AwaitedBoard: Sendable {
    private struct State {
        var fleet = Fleet()
        var selection = Fleet.Selection()
        var hasBegun = false
    }

    private let wanted: AwaitedState
    private let state = Mutex(State())

    init(_ wanted: AwaitedState) { self.wanted = wanted }

    /// Takes what is known at the beginning.
    ///
    /// - Returns: whether everything is as wanted.
    func begin(_ fleet: Fleet, _ selection: Fleet.Selection) -> Bool {
        state.withLock { $0 = State(fleet: fleet, selection: selection, hasBegun: true) }
        return missing.isEmpty
    }

    /// Takes what has changed.
    ///
    /// - Returns: whether everything is as wanted.
    func see(_ sighting: Sighting) -> Bool {
        state.withLock { $0.fleet.take(sighting) }
        return missing.isEmpty
    }

    /// Everything that is waited for.
    var names: [String] {
        state.withLock { state in
            state.selection.outlets.map(\.description) + state.selection.loads.map { "load:\($0)" }
        }
    }

    /// What is not as wanted.
    var missing: [String] {
        state.withLock { state in
            guard state.hasBegun else { return ["everything"] }
            let hasAgent = state.fleet.agents.values.contains(true)
            let outlets = state.selection.outlets.filter { id in
                let isOnline = hasAgent && state.fleet.pdus[id.pdu]?.isOnline == true
                return !isOnline || !isWanted(state.fleet.outlet(id)?.state?.rawValue)
            }
            let loads = state.selection.loads.filter { name in
                let isOnline = hasAgent && state.fleet.loads[name]?.isOnline == true
                return !isOnline || !isWanted(state.fleet.loads[name]?.state)
            }
            return outlets.map(\.description) + loads.map { "load:\($0)" }
        }
    }

    private func isWanted(_ state: String?) -> Bool {
        switch wanted {
        case .on: state == "ON"
        case .off: state == "OFF"
        case .online: state != nil
        }
    }
}
