/// What is to be received, which of it the broker of the present connection has granted, and when the rest is asked for again.
struct SubscriptionLedger: Sendable {
    typealias Instant = ContinuousClock.Instant

    private enum State: Sendable, Equatable {
        case due(Instant)
        case asked(packet: Int32, until: Instant)
        case granted
    }

    private struct Line: Sendable {
        let subscription: Subscription
        /// Its place among those that were wanted one after the other. A filter that is wanted anew has a new one.
        let number: Int
        var state: State
        var backoff = ReconnectBackoff(first: .milliseconds(250))
        /// How often it was refused in a row.
        var refusals = 0

        var isMissing: Bool { state != .granted && subscription.isRequired }
    }

    /// How long a broker may take to answer, and how much longer for each that waits for an answer.
    static let answerLimit: Duration = .seconds(10)
    static let answerTime: Duration = .milliseconds(1)

    /// How many are asked for one by one, as brokers are used to; of more, those that are alike share packets.
    static let fewest = 32
    /// How many are in one packet.
    static let together = 50

    /// By their filters.
    private var lines: [String: Line] = [:]
    private var lastNumber = 0
    /// Those that are not granted, in the order in which they were wanted, and some that are granted or not wanted by now.
    private var open: [(filter: String, number: Int)] = []
    /// When the first of them is to be asked for, at the earliest.
    private var nextDue: Instant?
    /// How many are required and not granted.
    private var missing = 0
    /// What was asked for in each packet that has no answer.
    private var packets: [Int32: [Subscription]] = [:]

    init(_ subscriptions: [Subscription], now: Instant) {
        _ = replace(with: subscriptions, now: now)
    }

    /// Whether the broker has granted all that are required.
    var isComplete: Bool { missing == 0 }

    /// What to ask for now, with what belongs into one packet together. Those that were asked for and not answered in time are
    /// asked for again.
    mutating func due(now: Instant) -> [[Subscription]] {
        guard let nextDue, nextDue <= now else { return [] }
        self.nextDue = nil
        var due: [Subscription] = []
        var left: [(filter: String, number: Int)] = []
        for entry in open {
            guard let line = lines[entry.filter], line.number == entry.number else { continue }
            switch line.state {
            case .granted: continue
            case .due(let instant), .asked(_, let instant):
                left.append(entry)
                // What is asked for now has a new time soon.
                if instant <= now { due.append(line.subscription) } else { note(due: instant) }
            }
        }
        open = left
        guard due.count > Self.fewest else { return due.map { [$0] } }
        var packets: [[Subscription]] = []
        for subscription in due {
            if let last = packets.indices.last, packets[last].count < Self.together,
                packets[last][0].isAlike(subscription)
            {
                packets[last].append(subscription)
            } else {
                packets.append([subscription])
            }
        }
        return packets
    }

    /// Subscriptions have been asked for.
    mutating func asked(for subscriptions: [Subscription], packet: Int32, now: Instant) {
        let until = now + Self.answerLimit + Self.answerTime * open.count
        note(due: until)
        for subscription in subscriptions {
            guard lines[subscription.filter]?.subscription == subscription else { continue }
            if case .asked(let earlier, _) = lines[subscription.filter]?.state { packets[earlier] = nil }
            lines[subscription.filter]?.state = .asked(packet: packet, until: until)
        }
        packets[packet] = subscriptions
    }

    /// The broker has answered.
    ///
    /// - Parameter reasons: MQTT's reason for each of those in the packet, in the order in which they were asked for.
    /// - Returns: the subscriptions with their reasons, and how often they were refused in a row; without those for whose
    ///   answer nobody waits any more.
    mutating func answered(
        packet: Int32,
        reasons: [Int32],
        now: Instant,
        using random: inout some RandomNumberGenerator
    ) -> [(subscription: Subscription, reason: Int32, refusals: Int)] {
        var answers: [(Subscription, Int32, Int)] = []
        for (subscription, reason) in zip(packets.removeValue(forKey: packet) ?? [], reasons) {
            guard var line = lines[subscription.filter], line.subscription == subscription,
                case .asked(packet, _) = line.state
            else { continue }
            if reason < ReasonCode.failure {
                line.state = .granted
                line.refusals = 0
                if subscription.isRequired { missing -= 1 }
            } else {
                line.refusals += 1
                let again = now + line.backoff.next(using: &random)
                line.state = .due(again)
                note(due: again)
            }
            lines[subscription.filter] = line
            answers.append((subscription, reason, line.refusals))
        }
        return answers
    }

    /// Another connection begins, whose broker has granted nothing.
    mutating func begin(now: Instant) {
        packets = [:]
        missing = 0
        nextDue = now
        let wanted = lines.values.sorted { $0.number < $1.number }
        open = wanted.map { ($0.subscription.filter, $0.number) }
        for line in wanted {
            lines[line.subscription.filter] = Line(subscription: line.subscription, number: line.number, state: .due(now))
            if line.subscription.isRequired { missing += 1 }
        }
    }

    /// Changes all of what is wanted. What stays as it was is left alone.
    ///
    /// - Returns: the filters that are no longer wanted.
    mutating func replace(with subscriptions: [Subscription], now: Instant) -> [String] {
        // The last one for each filter, because a broker knows only one.
        let wanted = Dictionary(subscriptions.lazy.map { ($0.filter, $0) }) { $1 }
        return change(
            adding: subscriptions.filter { wanted[$0.filter] == $0 },
            removing: lines.keys.filter { wanted[$0] == nil },
            now: now
        )
    }

    /// Changes what is wanted, in a time that depends on the change alone.
    ///
    /// - Returns: the filters that are no longer wanted and were.
    mutating func change(adding subscriptions: [Subscription], removing filters: [String], now: Instant) -> [String] {
        nextDue = now
        var removed: [String] = []
        for filter in filters {
            guard let line = lines.removeValue(forKey: filter) else { continue }
            if line.isMissing { missing -= 1 }
            removed.append(filter)
        }
        for subscription in subscriptions {
            let before = lines[subscription.filter]
            if let before {
                guard before.subscription != subscription else { continue }
                if before.isMissing { missing -= 1 }
            }
            lastNumber += 1
            let line = Line(subscription: subscription, number: lastNumber, state: .due(now))
            lines[subscription.filter] = line
            open.append((subscription.filter, line.number))
            if line.isMissing { missing += 1 }
        }
        return removed
    }

    private mutating func note(due instant: Instant) { nextDue = nextDue.map { min($0, instant) } ?? instant }
}

extension Subscription {
    /// Whether both can be asked for in one packet: libmosquitto gives all of it the same options.
    fileprivate func isAlike(_ other: Subscription) -> Bool {
        qos == other.qos && retainHandling == other.retainHandling && retainAsPublished == other.retainAsPublished
            && noLocal == other.noLocal
    }
}
