import Foundation
import Power

/// Decides what one PDU is asked next, and what its answers mean for the commands that wait: the whole of a lane but
/// its input and output.
///
/// It takes events (`submit`, `didSet`, `didRead`, …) and gives the next turn; what the world has to be told collects
/// in `takeEffects`. It never waits and never asks for the time, so every rule can be tested without a device.
struct LaneSchedule {
    private(set) var rules: LaneRules
    let circuits: CircuitLimiter
    var random: RandomSource
    var health = DeviceHealth()
    var outlets: [OutletNumber: OutletQueue]
    /// The outlets with a command running or waiting, in the order in which they became busy.
    var active: [OutletNumber] = []
    var effects: [LaneEffect] = []
    /// Whether the outlets of the device are known. Until then a command for any outlet waits for the first reading.
    var knowsOutlets: Bool
    /// The outlets that the device has shown.
    var seenOutlets: Set<OutletNumber> = []
    var nextPoll: Moment
    var wantsRepublish = false
    /// Set when the lane is to end, or to get another driver: nothing new begins then.
    var ending: LaneEnding?
    /// The named commands that the journal was asked to note and has not yet, with the moment until which they wait.
    var unnoted: [UInt64: Moment] = [:]

    init(rules: LaneRules, circuits: CircuitLimiter, random: RandomSource = RandomSource(), firstPoll: Moment) {
        self.rules = rules
        self.circuits = circuits
        self.random = random
        knowsOutlets = rules.hasFixedOutlets
        outlets = rules.outlets.mapValues { _ in OutletQueue() }
        nextPoll = firstPoll
    }

    /// Gives away what the world has to be told, in order.
    mutating func takeEffects() -> [LaneEffect] {
        // An effect is large, so an idle lane keeps no room for any.
        defer { effects = [] }
        return effects
    }

    // MARK: - What comes in

    /// Takes a command to the end of its outlet's queue, or answers it at once.
    mutating func submit(_ ticket: Ticket, at now: Now) {
        let number = ticket.outlet.outlet
        if let refusal = refusalOnArrival(ticket) {
            // The ids of outlets that are not there are not remembered: anybody can make up any number of them.
            return finish(ticket, refusal, isNamed: mayExist(number))
        }
        if let overtaken = outlets[number, default: OutletQueue()].append(ticket) {
            let message = "more than \(LaneRules.maximumWaiting) commands waited for \(ticket.outlet)"
            finish(overtaken, Outcome(.superseded, message: message))
        }
        activate(number)
        guard ticket.command.id != nil else { return }
        unnoted[ticket.number] = now.moment + Self.longestNoting
        effects.append(.journal(JournalEntry(ticket, stage: .accepted, due: now.wallTime), isAwaited: true))
    }

    /// How long a plain command waits for a slow disk to note its id.
    private static let longestNoting = Duration.milliseconds(100)

    /// Whether the outlet is there, as far as is known.
    func mayExist(_ number: OutletNumber) -> Bool { !knowsOutlets || isKnown(number) }

    /// Has the device read now, and everything retained published again.
    mutating func refresh(at now: Now) {
        wantsRepublish = true
        nextPoll = min(nextPoll, health.isOffline ? health.eagerTry(at: now.moment) : now.moment)
    }

    /// Takes over changed rules; commands that wait or run go on.
    mutating func adopt(_ newRules: LaneRules, at now: Now) {
        let traits = rules.traits
        rules = newRules
        rules.traits = traits
        adoptOutlets()
        nextPoll = now.moment
    }

    /// Goes on with another driver: what is known of the device has to be read anew.
    mutating func renew(_ newRules: LaneRules, at now: Now) {
        ending = nil
        settleDoubts(at: now)
        for (number, queue) in outlets {
            // A protection that counts time goes on when the outlet is found as it was.
            if let state = queue.state {
                let outlet = OutletID(pdu: rules.pdu, outlet: number)
                let since = queue.stateSince.map(now.date(of:))
                outlets[number]?.memory = OutletMemory(outlet: outlet, state: state.rawValue, since: since)
            }
            outlets[number]?.state = nil
            outlets[number]?.stateSince = nil
        }
        rules = newRules
        health = DeviceHealth()
        knowsOutlets = false
        seenOutlets = []
        adoptOutlets()
        wantsRepublish = true
        nextPoll = now.moment
    }

    private mutating func adoptOutlets() {
        for number in rules.outlets.keys where outlets[number] == nil { outlets[number] = OutletQueue() }
        guard rules.hasFixedOutlets else { return }
        knowsOutlets = true
        for number in outlets.keys where rules.outlets[number] == nil { remove(number) }
    }

    /// Takes over what a driver has learned of its device since the start.
    mutating func learn(_ traits: DriverTraits) {
        rules.traits = traits
    }

    // MARK: - What is next

    /// The next turn. Ask again after each one has been reported back.
    mutating func nextTurn(at now: Now) -> Turn {
        expireWaiting(at: now)
        for number in active { advance(number, at: now) }
        settleActive()

        if nextPoll + rules.pollInterval <= now.moment { return .read(.everything) }
        if let turn = dueSwitch(at: now.moment) ?? dueReading(at: now.moment) { return turn }
        if nextPoll <= now.moment { return .read(.everything) }
        return .wait(until: nextMoment(at: now))
    }

    private mutating func dueSwitch(at now: Moment) -> Turn? {
        guard !health.isOffline else { return nil }
        var due: [(arrival: UInt64, number: OutletNumber, isAlone: Bool)] = []
        for number in active {
            guard let running = outlets[number]?.running else { continue }
            switch running.phase {
            case .cyclingByDevice: due.append((running.ticket.number, number, true))
            case .switching(_, let notBefore) where notBefore <= now:
                due.append((running.ticket.number, number, running.mustSwitchAlone))
            default: continue
            }
        }
        due.sort { $0.arrival < $1.arrival }
        var orders: [OutletNumber: PowerState] = [:]
        for (_, number, isAlone) in due {
            if !orders.isEmpty, isAlone || !rules.traits.switchesTogether { continue }
            guard case .switching(let state, _) = outlets[number]?.running?.phase else {
                outlets[number]?.running?.wasSent = true
                outlets[number]?.running?.lastSentAt = now
                return .cycle(number)
            }
            if state == .on, let later = circuits.postpone(rules.outlet(number).circuit, at: now) {
                outlets[number]?.running?.phase = .switching(state, notBefore: later)
                continue
            }
            outlets[number]?.running?.wasSent = true
            outlets[number]?.running?.lastSentAt = now
            orders[number] = state
            if isAlone { break }
        }
        return orders.isEmpty ? nil : .set(orders)
    }

    private func dueReading(at now: Moment) -> Turn? {
        var wanted: Set<OutletNumber> = []
        var isDue = false
        for number in active {
            switch outlets[number]?.running?.phase {
            case .reading where !health.isOffline:
                wanted.insert(number)
                isDue = true
            case .verifying(_, _, let nextRead):
                wanted.insert(number)
                isDue = isDue || nextRead <= now
            default: continue
            }
        }
        return isDue ? .read(.states(wanted)) : nil
    }

    private func nextMoment(at now: Now) -> Moment {
        var next = nextPoll
        for number in active {
            guard let queue = outlets[number] else { continue }
            if let deadline = queue.earliestDeadline({ self.deadline(of: $0, at: now) }) { next = min(next, deadline) }
            switch queue.running?.phase {
            case .delayed(let until), .holding(let until), .journaling(let until): next = min(next, until)
            case .switching(_, let notBefore):
                if !health.isOffline { next = min(next, notBefore) }
                if let running = queue.running, !running.wasSent {
                    for ticket in running.tickets { next = min(next, deadline(of: ticket, at: now) ?? .never) }
                }
            case .verifying(_, _, let nextRead): next = min(next, nextRead)
            default: break
            }
        }
        return next
    }

    func deadline(of ticket: Ticket, at now: Now) -> Moment? {
        ticket.command.deadline.map(now.moment(of:))
    }

    private mutating func expireWaiting(at now: Now) {
        for number in active {
            let late =
                outlets[number]?.removeWaiting { ticket in
                    ticket.command.deadline.map { $0 <= now.wallTime } ?? false
                } ?? []
            for ticket in late { finish(ticket, Self.expired) }
        }
    }

    static let expired = Outcome(.expired, message: "the deadline passed before the command could start")

    // MARK: - Bookkeeping

    /// Answers a ticket.
    mutating func finish(
        _ ticket: Ticket,
        _ outcome: Outcome,
        startedAt: Moment? = nil,
        deviceTime: Duration = .zero,
        isJournaled: Bool = false,
        isNamed: Bool = true
    ) {
        unnoted[ticket.number] = nil
        let isJournaled = isJournaled || isNamed && ticket.command.id != nil
        effects.append(
            .finished(ticket, outcome, startedAt: startedAt, deviceTime: deviceTime, isJournaled: isJournaled)
        )
    }

    /// Answers the command that runs on the outlet, with the equal ones that share its switch.
    mutating func end(_ number: OutletNumber, _ outcome: Outcome) {
        guard let running = outlets[number]?.running else { return }
        outlets[number]?.running = nil
        if outcome.status == .unknown { outlets[number]?.doubtfulSince = running.lastSentAt }
        for ticket in running.tickets {
            finish(
                ticket,
                outcome,
                startedAt: running.startedAt,
                deviceTime: running.deviceTime,
                isJournaled: running.isJournaled
            )
        }
    }

    mutating func activate(_ number: OutletNumber) {
        if !active.contains(number) { active.append(number) }
    }

    /// Drops the outlets that have nothing to do any more.
    mutating func settleActive() {
        let idle = active.filter { outlets[$0]?.isIdle ?? true }
        guard !idle.isEmpty else { return }
        active.removeAll { outlets[$0]?.isIdle ?? true }
        // An outlet that turned out not to be there leaves nothing behind.
        if knowsOutlets { for number in idle where !isKnown(number) { outlets[number] = nil } }
    }

    /// Forgets an outlet that the configuration or the device does not have any more.
    private mutating func remove(_ number: OutletNumber) {
        guard var queue = outlets[number] else { return }
        let gone = Outcome.rejected(.unknownOutlet, "\(rules.pdu)/\(number) was removed from the configuration")
        for ticket in queue.removeWaiting(where: { _ in true }) { finish(ticket, gone) }
        outlets[number] = queue
        if case .delayed = queue.running?.phase { end(number, gone) }
        guard outlets[number]?.running == nil else { return }
        outlets[number] = nil
        active.removeAll { $0 == number }
    }
}
