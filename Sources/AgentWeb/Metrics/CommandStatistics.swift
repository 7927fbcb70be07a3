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

    private(set) var counts: [Kind: UInt64] = [:]
    private(set) var errors: [String: UInt64] = [:]
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
        let kind = Kind(action: result.action?.rawValue ?? "none", status: result.status.rawValue)
        counts[kind, default: 0] += 1
        // The codes are those of `Outcome.Code`, so they are few.
        if let error = result.error { errors[error.code, default: 0] += 1 }
        let seconds = result.finishedAt.timeIntervalSince(result.receivedAt)
        durations[result.status, default: Histogram()].add(max(0, seconds))
        if let milliseconds = result.deviceMilliseconds {
            deviceDurations[result.status, default: Histogram()].add(milliseconds / 1000)
        }
    }
}
