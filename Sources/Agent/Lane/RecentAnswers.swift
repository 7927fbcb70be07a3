import DequeModule
import Power

/// The ids of an outlet's recent commands and how they ended, so that a command that arrives twice is executed once.
struct RecentAnswers {
    /// How long an id is remembered.
    static let memory = Duration.seconds(600)
    /// How many ids of one outlet are remembered; the oldest answered ones go first.
    static let capacity = 512

    enum Known {
        /// The first command with this id still waits or runs; the later ones get its answer.
        case running([Ticket])
        case answered(CommandResult)
    }

    private var known: [String: Known] = [:]
    private var order = Deque<(id: String, since: Moment)>()

    /// What is to be done with a command that has an id.
    enum Verdict {
        /// Not seen before: execute it.
        case new
        /// Seen, and still on its way: it will be answered together with the first one.
        case wait
        /// Seen, and as many as may wait already do.
        case tooMany
        /// Seen and answered.
        case answered(CommandResult)
    }

    mutating func judge(_ ticket: Ticket, id: String, at now: Moment) -> Verdict {
        forgetOld(at: now)
        switch known[id] {
        case nil:
            known[id] = .running([])
            order.append((id, now))
            return .new
        case .running(let others):
            guard others.count < LaneRules.maximumWaiting else { return .tooMany }
            known[id] = .running(others + [ticket])
            return .wait
        case .answered(let result): return .answered(result)
        }
    }

    /// The command with this id has ended.
    ///
    /// - Returns: the later commands with the same id, which get the same answer.
    mutating func answer(id: String, _ result: CommandResult) -> [Ticket] {
        defer { known[id] = .answered(result) }
        if case .running(let others) = known[id] { return others }
        return []
    }

    /// Takes over what an earlier process answered.
    mutating func recall(id: String, _ result: CommandResult, since: Moment) {
        guard known[id] == nil else { return }
        known[id] = .answered(result)
        order.append((id, since))
    }

    private mutating func forgetOld(at now: Moment) {
        while let oldest = order.first, order.count > Self.capacity || oldest.since + Self.memory <= now {
            if case .running = known[oldest.id] { break }
            known[oldest.id] = nil
            order.removeFirst()
        }
    }
}
