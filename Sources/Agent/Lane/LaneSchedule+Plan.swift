import Power

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
        let start = RunningCommand(tickets: [ticket], phase: .reading)
        if let refusal = refusalOnStart(number, start, at: now) { obstacles.append(refusal) }
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
            waiting: (outlets[number]?.waitingCount ?? 0) + (outlets[number]?.running == nil ? 0 : 1),
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
