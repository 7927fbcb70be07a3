import Agent
import Foundation
import Power

/// How the commands ended so far.
struct CommandStatistics: Sendable {
    struct Kind: Hashable, Comparable {
        /// What was asked, or `none` where it could not be read.
        var action: String
        var status: String

        static func < (left: Kind, right: Kind) -> Bool {
            (left.action, left.status) < (right.action, right.status)
        }
    }

    /// All begin at 0: of a counter that appears with its first event, Prometheus' `increase` does not see that event.
    private(set) var counts = Dictionary(
        uniqueKeysWithValues: Action.allCases.flatMap { action in
            Outcome.Status.allCases.map { (Kind(action: action.rawValue, status: $0.rawValue), UInt64(0)) }
        }
    )
    private(set) var errors = Dictionary(uniqueKeysWithValues: Outcome.Code.allCases.map { ($0.rawValue, UInt64(0)) })
    private(set) var durations: [Outcome.Status: Histogram] = [:]
    private(set) var deviceDurations: [Outcome.Status: Histogram] = [:]

    /// Counts a command for several outlets that was refused before any of them was asked.
    mutating func add(_ result: GroupResult) {
        let kind = Kind(action: result.action?.rawValue ?? "none", status: result.status.rawValue)
        counts[kind, default: 0] += 1
        if let error = result.error { errors[error.code, default: 0] += 1 }
    }

    mutating func add(_ result: CommandResult) {
        // A dry run is no command.
        guard result.plan == nil else { return }
        let seconds = result.finishedAt.timeIntervalSince(result.receivedAt)
        add(result.action, result.status, result.error, seconds: seconds, milliseconds: result.deviceMilliseconds)
    }

    /// Counts a command for a load, as one.
    mutating func add(_ result: LoadResult) {
        guard result.plan == nil else { return }
        let seconds = result.finishedAt.timeIntervalSince(result.receivedAt)
        add(result.action, result.status, result.error, seconds: seconds, milliseconds: result.deviceMilliseconds)
    }

    private mutating func add(
        _ action: Action?,
        _ status: Outcome.Status,
        _ error: CommandResult.Problem?,
        seconds: Double,
        milliseconds: Double?
    ) {
        let kind = Kind(action: action?.rawValue ?? "none", status: status.rawValue)
        counts[kind, default: 0] += 1
        // The codes are those of `Outcome.Code`, so they are few.
        if let error { errors[error.code, default: 0] += 1 }
        durations[status, default: Histogram()].add(max(0, seconds))
        if let milliseconds { deviceDurations[status, default: Histogram()].add(milliseconds / 1000) }
    }
}
