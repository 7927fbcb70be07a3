import DequeModule

/// What is to be received, which of it the broker of the present connection has granted, and when the rest is asked for again.
struct SubscriptionLedger: Sendable {
    typealias Instant = ContinuousClock.Instant

    private enum State: Sendable, Equatable {
        /// In one of the lists of those that are to be asked for, or taken from there to be asked for now.
        case due
        case asked(packet: Int32)
        case granted
    }

    /// One that is to be asked for, if it is still wanted.
    private struct Entry: Sendable {
        let filter: String
        let number: Int
    }

    /// What was asked for by one packet that has no answer.
    private struct Request: Sendable {
        let subscriptions: [Subscription]
        let asked: Instant
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

    /// How long a broker may take to answer, from when it was asked or has last answered, and for each further subscription in
    /// the packet. It would take longer if it were asked again.
    static let answerLimit: Duration = .seconds(10)
    static let answerLimitEach: Duration = .seconds(1)

    /// How long beyond the round trip a broker may take to answer that is asked for more at once than before. What waits at a
    /// slower one is made less, because it reads nothing behind that from the connection meanwhile: no state, no result, and no
    /// sign of life. A node of a NATS cluster makes three copies of each subscription, which takes it a third of a second, or 4 s
    /// while another node is gone (observed with nats-server 2.9.10). mosquitto 2.0.11 goes through all of a client's
    /// subscriptions for each new one, which keeps it busy for minutes where agents have tens of thousands of PDUs.
    static let quickAnswer: Duration = .milliseconds(50)
    /// How many packets wait for an answer at most, at a broker that has always been quick.
    static let largestWindow = 64

    /// How often a refusal without a reason has to come in a row to count as meant. A cluster that is electing a leader refuses
    /// for a moment what it grants in the next.
    static let refusalsToBelieve = 3

    /// How many are asked for one by one, as brokers are used to; of more, those that are alike share packets.
    static let fewest = 32
    /// How many are in one packet.
    static let together = 50

    /// By their filters.
    private var lines: [String: Line] = [:]
    private var lastNumber = 0
    /// What is to be asked for as soon as the broker may be asked, in the order in which it was wanted.
    private var fresh: Deque<Entry> = []
    /// What was refused, and when it is to be asked for again.
    private var refused: [(due: Instant, entry: Entry)] = []
    /// By the packets' numbers.
    private var requests: [Int32: Request] = [:]
    /// When the first that was refused or has no answer is to be asked for again, at the earliest.
    private var nextDue: Instant?
    /// How many are required and not granted.
    private var missing = 0
    /// When the broker has last answered.
    private var lastAnswer: Instant?
    /// How many packets may wait for an answer of the present connection's broker.
    private var window = 1

    init(_ subscriptions: [Subscription]) {
        _ = replace(with: subscriptions)
    }

    /// Whether the broker has granted all that are required.
    var isComplete: Bool { missing == 0 }

    /// Whether there is something to ask for that the broker may be asked for now.
    var hasDue: Bool { !fresh.isEmpty && requests.count < window }

    /// Whether the broker owes an answer.
    var isWaiting: Bool { !requests.isEmpty }

    /// Takes what to ask for now, with what belongs into one packet together. What was asked for and not answered in time is
    /// asked for again. It takes a time that depends on what is due, and on how many packets wait when the first one's time is
    /// over; there may be a hundred thousand subscriptions.
    mutating func due(now: Instant) -> [[Subscription]] {
        takeBackOverdue(now)
        guard hasDue else { return [] }
        let together = fresh.count > Self.fewest ? Self.together : 1
        var packets: [[Subscription]] = []
        var taken = 0
        for entry in fresh {
            // What is no longer to be asked for takes no place.
            if let wanted = wanted(entry) {
                if let last = packets.last, last.count < together, last[0].isAlike(wanted) {
                    packets[packets.count - 1].append(wanted)
                } else if requests.count + packets.count < window {
                    packets.append([wanted])
                } else {
                    break
                }
            }
            taken += 1
        }
        fresh.removeFirst(taken)
        return packets
    }

    /// What an entry stands for, where it is still to be asked for.
    private func wanted(_ entry: Entry) -> Subscription? {
        lines[entry.filter].flatMap { $0.number == entry.number && $0.state == .due ? $0.subscription : nil }
    }

    /// Takes up again what was refused and whose time has come, and what has had no answer.
    private mutating func takeBackOverdue(_ now: Instant) {
        guard let nextDue, nextDue <= now else { return }
        self.nextDue = nil
        for (due, entry) in refused where due <= now { fresh.append(entry) }
        refused.removeAll { $0.due <= now }
        for (due, _) in refused { note(due: due) }
        for (packet, request) in requests {
            let each = Self.answerLimitEach * (request.subscriptions.count - 1)
            let until = max(request.asked, lastAnswer ?? request.asked) + Self.answerLimit + each
            guard until <= now else {
                note(due: until)
                continue
            }
            fresh += takeBack(packet)
        }
        fresh.sort { $0.number < $1.number }
    }

    /// Ends the wait for the answer to a packet.
    ///
    /// - Returns: what has to be asked for again.
    private mutating func takeBack(_ packet: Int32) -> [Entry] {
        guard let request = requests.removeValue(forKey: packet) else { return [] }
        return request.subscriptions.compactMap { subscription in
            guard let line = lines[subscription.filter], line.state == .asked(packet: packet) else { return nil }
            lines[subscription.filter]?.state = .due
            return Entry(filter: subscription.filter, number: line.number)
        }
    }

    /// What was taken has been asked for.
    mutating func asked(for subscriptions: [Subscription], packet: Int32, now: Instant) {
        // The library counts its packets' numbers from the beginning again after 65,535 of them.
        fresh += takeBack(packet)
        note(due: now + Self.answerLimit)
        for subscription in subscriptions where lines[subscription.filter]?.subscription == subscription {
            lines[subscription.filter]?.state = .asked(packet: packet)
        }
        requests[packet] = Request(subscriptions: subscriptions, asked: now)
    }

    /// The broker has answered.
    ///
    /// - Parameters:
    ///   - reasons: MQTT's reason for each of those in the packet, in the order in which they were asked for.
    ///   - roundTrip: how long a packet is under way to the broker and back.
    /// - Returns: the subscriptions with their reasons, and how often they were refused in a row; without those for whose
    ///   answer nobody waits any more.
    mutating func answered(
        packet: Int32,
        reasons: [Int32],
        now: Instant,
        roundTrip: Duration = .zero,
        using random: inout some RandomNumberGenerator
    ) -> [(subscription: Subscription, reason: Int32, refusals: Int)] {
        guard let request = requests.removeValue(forKey: packet) else { return [] }
        var answers: [(Subscription, Int32, Int)] = []
        let isSlow = now - request.asked > Self.quickAnswer + roundTrip
        window = isSlow ? max(1, window / 2) : min(Self.largestWindow, window * 4)
        lastAnswer = now
        var next: [Entry] = []
        // An answer that is too short leaves the rest open, until the packet's time would have been over.
        let answered = request.subscriptions.prefix(reasons.count)
        if answered.count < request.subscriptions.count {
            let rest = Array(request.subscriptions[answered.count...])
            requests[packet] = Request(subscriptions: rest, asked: request.asked)
        }
        for (subscription, reason) in zip(answered, reasons) {
            guard var line = lines[subscription.filter], line.subscription == subscription,
                line.state == .asked(packet: packet)
            else { continue }
            if reason < ReasonCode.failure {
                line.state = .granted
                line.refusals = 0
                if subscription.isRequired { missing -= 1 }
            } else {
                line.refusals += 1
                line.state = .due
                let entry = Entry(filter: subscription.filter, number: line.number)
                if isSlow && line.refusals < Self.refusalsToBelieve {
                    // The time that it took was the pause, and those that are wanted first are the ones that matter most.
                    next.append(entry)
                } else {
                    let again = now + line.backoff.next(using: &random)
                    refused.append((again, entry))
                    note(due: again)
                }
            }
            lines[subscription.filter] = line
            answers.append((subscription, reason, line.refusals))
        }
        fresh.prepend(contentsOf: next)
        return answers
    }

    /// Another connection begins, whose broker has granted nothing.
    mutating func begin() {
        requests = [:]
        lastAnswer = nil
        window = 1
        refused = []
        nextDue = nil
        let wanted = lines.values.sorted { $0.number < $1.number }
        fresh = Deque(wanted.map { Entry(filter: $0.subscription.filter, number: $0.number) })
        for line in wanted {
            lines[line.subscription.filter] = Line(subscription: line.subscription, number: line.number, state: .due)
        }
        missing = wanted.count { $0.subscription.isRequired }
    }

    /// Changes all of what is wanted. What stays as it was is left alone.
    ///
    /// - Returns: the filters that are no longer wanted, in the order in which they were.
    mutating func replace(with subscriptions: [Subscription]) -> [String] {
        // The last one for each filter, because a broker knows only one.
        let wanted = Dictionary(subscriptions.lazy.map { ($0.filter, $0) }) { $1 }
        let unwanted = lines.values.filter { wanted[$0.subscription.filter] == nil }.sorted { $0.number < $1.number }
        return change(
            adding: subscriptions.filter { wanted[$0.filter] == $0 },
            removing: unwanted.map(\.subscription.filter)
        )
    }

    /// Changes what is wanted, in a time that depends on the change alone.
    ///
    /// - Returns: the filters that are no longer wanted and were.
    mutating func change(adding subscriptions: [Subscription], removing filters: [String]) -> [String] {
        var removed: [String] = []
        for filter in filters {
            guard let line = lines.removeValue(forKey: filter) else { continue }
            if line.isMissing { missing -= 1 }
            removed.append(filter)
        }
        for subscription in subscriptions {
            if let before = lines[subscription.filter] {
                guard before.subscription != subscription else { continue }
                if before.isMissing { missing -= 1 }
            }
            lastNumber += 1
            let line = Line(subscription: subscription, number: lastNumber, state: .due)
            lines[subscription.filter] = line
            fresh.append(Entry(filter: subscription.filter, number: line.number))
            if line.isMissing { missing += 1 }
        }
        // Without a connection nobody takes what has become old.
        if fresh.count > 2 * lines.count + 256 { fresh.removeAll { lines[$0.filter]?.number != $0.number } }
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
