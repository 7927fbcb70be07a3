import DequeModule
import Power

/// The ids of an outlet's recent commands and how they ended, so that a command that arrives twice is executed once.
struct RecentAnswers {
    /// How long an id is remembered after its command was answered.
    static let memory = Duration.seconds(600)
    /// How many ids of one outlet are remembered; the oldest answered ones go first.
    static let capacity = 16_384

    private enum Known {
        /// The first command with this id still waits or runs; the later ones get its answer.
        case running([Ticket])
        case answered(CommandResult, since: Moment)
    }

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

    private var known: [String: Known] = [:]
    /// The answered ids, oldest first. A command that waits or runs is not among them and so never forgotten.
    private var order = Deque<(id: String, since: Moment)>()

    /// How many ids are remembered.
    var count: Int { known.count }

    mutating func judge(_ ticket: Ticket, id: String, at now: Moment) -> Verdict {
        forgetOld(at: now)
        switch known[id] {
        case nil:
            known[id] = .running([])
            return .new
        case .running(let others):
            guard others.count < LaneRules.maximumWaiting else { return .tooMany }
            known[id] = .running(others + [ticket])
            return .wait
        case .answered(let result, _): return .answered(result)
        }
    }

    /// The command with this id has ended.
    ///
    /// - Returns: the later commands with the same id, which get the same answer.
    mutating func answer(id: String, _ result: CommandResult, at now: Moment) -> [Ticket] {
        let before = known.updateValue(.answered(result, since: now), forKey: id)
        order.append((id, now))
        forgetOld(at: now)
        if case .running(let others) = before { return others }
        return []
    }

    /// Gives away the later commands with the id of one that is still on its way.
    mutating func takeWaiting(id: String) -> [Ticket] {
        guard case .running(let others) = known[id] else { return [] }
        known[id] = .running([])
        return others
    }

    /// Takes over what an earlier process answered. To be given oldest first.
    mutating func recall(id: String, _ result: CommandResult, since: Moment) {
        guard known[id] == nil else { return }
        known[id] = .answered(result, since: since)
        order.append((id, since))
    }

    private mutating func forgetOld(at now: Moment) {
        while let oldest = order.first, order.count > Self.capacity || oldest.since + Self.memory <= now {
            order.removeFirst()
            if case .answered(_, oldest.since) = known[oldest.id] { known[oldest.id] = nil }
        }
    }
}
