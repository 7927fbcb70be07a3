import Foundation
import Power

/// What forbids a command.
extension LaneSchedule {
    /// Why a command is refused before it is queued.
    func refusalOnArrival(_ ticket: Ticket) -> Outcome? {
        let number = ticket.outlet.outlet
        if let refusal = refusalOfEnding { return refusal }
        if knowsOutlets, !isKnown(number) { return unknownOutlet(number) }
        return refusalOfProtection(ticket)
    }

    private func refusalOfProtection(_ ticket: Ticket) -> Outcome? {
        let outlet = ticket.outlet
        let command = ticket.command
        if let load = rules.exclusiveLoads[outlet.outlet], ticket.feed == nil, !command.force {
            let words = "\(outlet) feeds the load \(load), which is switched as a whole (exclusive); command the load"
            return .rejected(.protected, "\(words), or send the command as JSON with \"force\": true")
        }
        let rules = rules.outlet(outlet.outlet)
        if rules.isOffForbidden, command.switchesOff {
            return .rejected(.protected, "\(outlet) must never be switched off (off_forbidden)")
        }
        if rules.isProtected, !command.force {
            return .rejected(.protected, "\(outlet) is protected; send the command as JSON with \"force\": true")
        }
        return nil
    }

    /// Why a command is refused when its turn has come.
    func refusalOnStart(_ number: OutletNumber, _ ticket: Ticket, at now: Now) -> Outcome? {
        let command = ticket.command
        // The configuration may have changed while the command waited.
        if let refusal = refusalOfProtection(ticket) { return refusal }
        if let refusal = refusalOfRate(number, command, at: now) { return refusal }
        switch command.action {
        case .on: return refusalOfSwitch(.on, number, at: now)
        case .off, .cycle: return refusalOfSwitch(.off, number, at: now)
        case .toggle: return nil
        }
    }

    /// Why the outlet may not leave its state yet.
    func refusalOfSwitch(_ target: PowerState, _ number: OutletNumber, at now: Now) -> Outcome? {
        let rules = rules.outlet(number)
        if target == .off, rules.isOffForbidden {
            return .rejected(.protected, "\(self.rules.pdu)/\(number) must never be switched off (off_forbidden)")
        }
        let least = target == .off ? rules.minimumOnTime : rules.minimumOffTime
        guard let least, let since = outlets[number]?.stateSince, outlets[number]?.state == target.opposite,
            since + least > now.moment
        else { return nil }
        let until = now.date(of: since + least)
        let message = "\(self.rules.pdu)/\(number) has to stay \(target.opposite) until \(RFC3339.text(until))"
        return .rejected(.lockedOut, message, until: until)
    }

    private func refusalOfRate(_ number: OutletNumber, _ command: Command, at now: Now) -> Outcome? {
        guard command.action == .cycle, let most = rules.outlet(number).maximumCyclesPerHour else { return nil }
        let starts = (outlets[number]?.cycleStarts ?? []).filter { $0 + .seconds(3600) > now.moment }
        guard starts.count >= most, let first = starts.first else { return nil }
        let until = now.date(of: first + .seconds(3600))
        let message = "\(rules.pdu)/\(number) may be cycled \(most) times an hour, again at \(RFC3339.text(until))"
        return .rejected(.rateLimited, message, until: until)
    }
}

/// What a command would do if it were given now.
extension LaneSchedule {
    /// The answer to a dry run: nothing is queued and nothing is switched.
    func plan(_ ticket: Ticket, at now: Now) -> Outcome {
        let number = ticket.outlet.outlet
        let command = ticket.command
        var obstacles: [Outcome] = []
        if let refusal = refusalOnArrival(ticket) { obstacles.append(refusal) }
        if case .offline(_, let reason) = health.condition {
            obstacles.append(.failed(.deviceError, "\(rules.pdu) is offline: \(reason.message)"))
        }
        if let refusal = refusalOnStart(number, ticket, at: now) { obstacles.append(refusal) }
        if command.action == .toggle, let state = outlets[number]?.state,
            let refusal = refusalOfSwitch(state.opposite, number, at: now)
        {
            obstacles.append(refusal)
        }

        let delay = command.delay?.inSeconds ?? 0
        var steps = [step(delay, ticket, firstWord(of: command, number))]
        if let last = command.finalState {
            steps.append(step(delay + holdTime(number, command).inSeconds, ticket, last.rawValue))
        }
        var outcome = Outcome(.done, state: outlets[number]?.state)
        outcome.plan = CommandPlan(
            steps: steps,
            waiting: (outlets[number]?.waitingCount ?? 0) + (outlets[number]?.work == nil ? 0 : 1),
            obstacles: obstacles.compactMap(CommandResult.Problem.init),
            duration: steps.last?.after ?? 0
        )
        return outcome
    }

    private func firstWord(of command: Command, _ number: OutletNumber) -> String {
        switch command.action {
        case .on, .off: command.action.rawValue
        case .cycle: isCycledByDevice(number) ? "CYCLE" : PowerState.off.rawValue
        case .toggle: outlets[number]?.state?.opposite.rawValue ?? "TOGGLE"
        }
    }

    private func step(_ after: Double, _ ticket: Ticket, _ action: String) -> CommandPlan.Step {
        CommandPlan.Step(after: after, outlet: ticket.outlet.description, action: action)
    }
}

extension Command {
    /// Whether the command switches the outlet off for sure at some time.
    fileprivate var switchesOff: Bool {
        switch action {
        case .off, .cycle: true
        case .on: holdTime != nil
        case .toggle: false
        }
    }
}
