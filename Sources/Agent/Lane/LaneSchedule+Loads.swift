import Power

/// What a load's command says is done to an outlet that is kept for it.
enum FeedOrder: Sendable, Hashable {
    /// Read the device.
    case read
    /// Take the state, within the command's time.
    case take(PowerState)
    /// Take the last state: it is tried until the device agrees.
    case comeBack(PowerState)
}

/// How an outlet does for a load's command.
enum FeedReport: Sendable, Equatable {
    /// It is kept for the command: nothing else is done to it until it is let go.
    case ready
    /// It is not kept for the command, and nothing was done to it.
    case refused(Outcome)
    /// The device was read: the answer to `read`.
    case reads(PowerState)
    /// An order has ended, with the time that the device took for the command so far; the outlet is still kept.
    case settled(Outcome, Duration)
    /// The outlet is about to go, for this reason: what was begun has to end now.
    case hurry(Outcome)
    /// The lane has ended and does nothing more for the command. What is in the journal may stay there for the next start,
    /// unless the outlet is gone for good.
    case lost(Outcome, isForGood: Bool)
    /// Another agent of the fleet owns the PDU.
    case taken(Outcome)
}

/// What an outlet says to a load's command that is about to act.
struct FeedCheck: Sendable, Equatable {
    /// Why the outlet may not be switched.
    var refusal: Outcome?
    /// How long the outlet would stay in the first state.
    var hold: Duration
    /// How long it has to stay in the first state at least.
    var leastHold: Duration
    /// Whether a restart has to know what is done to it.
    var mustBeRemembered: Bool
}

/// Outlets that feed a load, and are kept for its commands. What is done when is decided by the load's command; here an
/// outlet does as it is told, with all the care of a command of its own.
extension LaneSchedule {
    /// It is the turn of a load's command: keeps the outlet for it.
    mutating func keepForLoad(_ number: OutletNumber, at now: Now) {
        guard let ticket = outlets[number]?.work?.ticket else { return }
        if let refusal = refusalOnStart(number, ticket, at: now) {
            outlets[number]?.work = nil
            return finish(ticket, refusal)
        }
        tellLoad(number, .ready, at: now)
    }

    /// Whether the outlet is kept for a load's command.
    func isKept(for ticket: Ticket) -> Bool {
        guard let work = outlets[ticket.outlet.outlet]?.work else { return false }
        return work.ticket.number == ticket.number && work.isKept
    }

    /// Keeps an outlet for a load's command of an earlier process, before anything else can be done to it.
    mutating func recover(feed ticket: Ticket, at now: Now) {
        let number = ticket.outlet.outlet
        guard !knowsOutlets || isKnown(number) else { return finish(ticket, unknownOutlet(number)) }
        if outlets[number]?.work != nil {
            let words = "the agent died, and the journal holds a later command of the load that \(ticket.outlet) feeds"
            end(number, .unknown(.agentDied, words), at: now)
        }
        let patience = Patience(limit: limit(of: ticket), spent: .zero)
        outlets[number, default: OutletQueue()].work = OutletWork(tickets: [ticket], patience: patience)
        activate(number)
        tellLoad(number, .ready, at: now)
    }

    /// Whether a load's command may act on the outlet now, and how long it would last.
    ///
    /// - Parameter target: the state that is wanted first; nothing while that is not known.
    func check(_ ticket: Ticket, target: PowerState?, at now: Now) -> FeedCheck {
        let number = ticket.outlet.outlet
        let outletRules = rules.outlet(number)
        let least = target == .on ? outletRules.minimumOnTime : outletRules.minimumOffTime
        let refusal =
            ticket.isRecovered
            ? nil
            : refusalOfEnding ?? refusalOnStart(number, ticket, at: now)
                ?? target.flatMap { refusalOfSwitch($0, number, at: now) }
        return FeedCheck(
            refusal: refusal,
            hold: holdTime(number, ticket.command),
            leastHold: least ?? .zero,
            mustBeRemembered: mustRemember(number)
        )
    }

    /// Does what a load's command says. It has to keep the outlet; else nothing is done.
    mutating func order(_ order: FeedOrder, _ ticket: Ticket, at now: Now) {
        let number = ticket.outlet.outlet
        guard let work = outlets[number]?.work, work.ticket.number == ticket.number, work.isKept else { return }
        switch order {
        case .read: _ = change(number) { $0.ask(at: now.moment) }
        case .take(let state):
            if ticket.command.action == .cycle { noteCycle(number, at: now) }
            _ = change(number) { $0.want(state, at: now.moment) }
        case .comeBack(let state):
            if state == .off, rules.outlet(number).isOffForbidden {
                let message = "\(ticket.outlet) stays ON: since the command began it must never be switched off"
                return end(number, .failed(.protected, message, state: outlets[number]?.state), at: now)
            }
            let hold = OutletWork.Hold(until: now.moment, isProven: true, trouble: nil)
            _ = change(number) { $0.comeBack(to: state, hold, deviceLimit: nil, at: now.moment) }
        }
    }

    /// Lets go an outlet that is kept for a load's command, or waits to be; what is under way means nothing then.
    mutating func release(_ ticket: Ticket) {
        let number = ticket.outlet.outlet
        circuits.release(ticket.number)
        if outlets[number]?.work?.ticket.number == ticket.number {
            outlets[number]?.work = nil
        } else {
            _ = outlets[number]?.removeWaiting { $0.ticket.number == ticket.number }
        }
        settleActive()
    }

    /// Whether the lane may have to do something now that an outlet is let go.
    func goesOn(without ticket: Ticket) -> Bool { ending != nil || outlets[ticket.outlet.outlet]?.isIdle == false }

    /// The outlet has done what it was told: it is kept on, and the load's command decides.
    mutating func tellLoad(_ number: OutletNumber, _ report: FeedReport, at now: Now) {
        guard let ticket = outlets[number]?.work?.ticket else { return }
        circuits.release(ticket.number)
        _ = change(number) { $0.keep(at: now.moment) }
        effects.append(.feed(ticket, report))
    }

    /// The lane ends with an outlet still kept.
    mutating func abandonFeed(_ number: OutletNumber, _ work: OutletWork, _ outcome: Outcome, at now: Now) {
        outlets[number]?.work = nil
        guard ending?.reason != .removal else {
            effects.append(.feed(work.ticket, .lost(outcome, isForGood: true)))
            return
        }
        let words = "the agent was stopped before the read-back"
        let left = Outcome(.unknown, code: .stopping, message: words)
        effects.append(.feed(work.ticket, .lost(work.wasSent ? left : Self.stopping, isForGood: false)))
    }
}

/// The lane's side of a load's command.
extension PDULane {
    /// Whether a load's command may act on its outlet now.
    func check(_ ticket: Ticket, target: PowerState?) -> FeedCheck {
        schedule.check(ticket, target: target, at: Now(timekeeper))
    }

    /// Keeps an outlet for a load's command, at once where nothing else is done to it: then the lane has nothing to do yet.
    func keep(_ ticket: Ticket) {
        accept(ticket)
        if !schedule.isKept(for: ticket) { signal.signal() }
    }

    /// Has done what a load's command says to outlets that are kept for it; those of one PDU together, so that one
    /// request can serve them.
    func order(_ orders: [(FeedOrder, Ticket)]) {
        for (order, ticket) in orders {
            schedule.order(order, ticket, at: Now(timekeeper))
            makeWay(for: ticket)
        }
        flush()
        signal.signal()
    }

    /// Lets outlets go that are kept for a load's command.
    func release(_ tickets: [Ticket]) {
        for ticket in tickets { schedule.release(ticket) }
        flush()
        if tickets.contains(where: schedule.goesOn(without:)) { signal.signal() }
    }

    /// Keeps an outlet for a load's command of an earlier process.
    func recover(feed ticket: Ticket) {
        schedule.recover(feed: ticket, at: Now(timekeeper))
        flush()
        signal.signal()
    }

    /// What a load's command would do to its outlet.
    func plan(_ ticket: Ticket) -> Outcome { schedule.plan(ticket, at: Now(timekeeper)) }

    /// Tells again what is known of the outlets, for loads that are new.
    func tellLoads() {
        for (number, queue) in schedule.outlets {
            guard let state = queue.state else { continue }
            publisher.loads.note(state, of: OutletID(pdu: pdu, outlet: number))
        }
        switch schedule.health.condition {
        case .unknown where !isOverdue: return
        case .online: publisher.loads.note(isOnline: true, pdu)
        case .unknown, .offline: publisher.loads.note(isOnline: false, pdu)
        }
    }
}
