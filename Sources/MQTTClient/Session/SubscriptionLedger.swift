/// Which subscriptions the broker of one connection has granted, and when the others are asked for again.
struct SubscriptionLedger: Sendable {
    typealias Instant = ContinuousClock.Instant

    private enum State: Sendable, Equatable {
        case due(Instant)
        case asked(packet: Int32, until: Instant)
        case granted
    }

    private struct Line: Sendable {
        let subscription: Subscription
        var state: State
        var backoff = ReconnectBackoff(first: .milliseconds(250))
        /// How often it was refused in a row.
        var refusals = 0
    }

    /// How long a broker may take to answer.
    static let answerLimit: Duration = .seconds(10)

    private var lines: [Line]

    init(_ subscriptions: [Subscription], now: Instant) {
        lines = Self.unique(subscriptions).map { Line(subscription: $0, state: .due(now)) }
    }

    /// Whether the broker has granted all that are required.
    var isComplete: Bool { lines.allSatisfy { $0.state == .granted || !$0.subscription.isRequired } }

    /// What to ask for now. Those that were asked for and not answered in time are asked for again.
    func due(now: Instant) -> [Subscription] {
        lines.compactMap { line in
            switch line.state {
            case .due(let instant), .asked(_, let instant): instant <= now ? line.subscription : nil
            case .granted: nil
            }
        }
    }

    /// A subscription has been asked for.
    mutating func asked(for subscription: Subscription, packet: Int32, now: Instant) {
        change(subscription) { $0.state = .asked(packet: packet, until: now + Self.answerLimit) }
    }

    /// The broker has answered.
    ///
    /// - Returns: the subscription, and how often it was refused in a row; nothing when nobody waits for this answer any
    ///   more.
    mutating func answered(
        packet: Int32,
        isGranted: Bool,
        now: Instant,
        using random: inout some RandomNumberGenerator
    ) -> (subscription: Subscription, refusals: Int)? {
        for index in lines.indices {
            guard case .asked(packet, _) = lines[index].state else { continue }
            if isGranted {
                lines[index].state = .granted
                lines[index].refusals = 0
            } else {
                lines[index].refusals += 1
                lines[index].state = .due(now + lines[index].backoff.next(using: &random))
            }
            return (lines[index].subscription, lines[index].refusals)
        }
        return nil
    }

    /// Changes what is wanted.
    ///
    /// - Returns: the filters that are no longer wanted.
    mutating func replace(with subscriptions: [Subscription], now: Instant) -> [String] {
        let wanted = Self.unique(subscriptions)
        let old = lines
        lines = wanted.map { subscription in
            old.first { $0.subscription == subscription } ?? Line(subscription: subscription, state: .due(now))
        }
        return old.map(\.subscription.filter).filter { filter in !wanted.contains { $0.filter == filter } }
    }

    private mutating func change(_ subscription: Subscription, _ body: (inout Line) -> Void) {
        guard let index = lines.firstIndex(where: { $0.subscription == subscription }) else { return }
        body(&lines[index])
    }

    /// The last one for each filter, because a broker knows only one.
    private static func unique(_ subscriptions: [Subscription]) -> [Subscription] {
        var seen: Set<String> = []
        return subscriptions.reversed().filter { seen.insert($0.filter).inserted }.reversed()
    }
}
