import Foundation
import Power

/// What has to be on disk, and what an earlier process left there.
extension LaneSchedule {
    /// Has the command written to the journal; it waits for that, except in its delay.
    mutating func journal(_ number: OutletNumber, stage: JournalEntry.Stage, due: Date) {
        guard let running = outlets[number]?.running else { return }
        if stage == .acting { outlets[number]?.running?.phase = .journaling(until: .never) }
        outlets[number]?.running?.isJournaled = true
        effects.append(.journal(JournalEntry(running.ticket, stage: stage, due: due), isAwaited: true))
    }

    /// Has the journal know how far the command has come; nothing waits for that.
    mutating func note(_ number: OutletNumber, stage: JournalEntry.Stage, due: Date) {
        guard let running = outlets[number]?.running, running.isJournaled else { return }
        effects.append(.journal(JournalEntry(running.ticket, stage: stage, due: due), isAwaited: false))
    }

    /// The journal has written an entry that was awaited, or could not.
    mutating func didJournal(_ entry: JournalEntry, failure: String?, at now: Now) {
        let number = entry.outlet.outlet
        if entry.stage == .accepted {
            // Only a note: when it cannot be made, plain commands work all the same.
            guard unnoted.removeValue(forKey: entry.ticket) != nil, let running = outlets[number]?.running,
                case .journaling = running.phase, !running.command.needsJournal,
                running.tickets.allSatisfy({ unnoted[$0.number] == nil })
            else { return }
            act(number, at: now)
            return settleActive()
        }
        guard let running = outlets[number]?.running, running.ticket.number == entry.ticket else { return }
        // A delay that was over before its entry was written: the next entry decides.
        if entry.stage == .delayed, running.isDelayOver { return }
        if let failure {
            end(number, .rejected(.journalFailed, failure))
        } else if case .journaling = running.phase {
            act(number, at: now)
        }
        settleActive()
    }

    /// Goes on with what an earlier process began.
    mutating func recover(_ entry: JournalEntry, as ticket: Ticket, at now: Now) {
        let number = entry.outlet.outlet
        guard entry.stage != .accepted else {
            let message =
                "the agent died before it could see how this ended; whether \(entry.outlet) was switched is not known"
            return finish(ticket, .unknown(.agentDied, message), isJournaled: true)
        }
        guard !knowsOutlets || isKnown(number) else {
            return finish(ticket, unknownOutlet(number), isJournaled: true)
        }
        if outlets[number]?.running != nil {
            end(
                number,
                .unknown(.agentDied, "the agent died, and the journal holds a later command for \(entry.outlet)")
            )
        }
        let due = recoveredDue(entry, at: now)
        var running = RunningCommand(tickets: [ticket], phase: .delayed(until: due))
        running.isJournaled = true
        running.isDelayOver = entry.stage != .delayed
        running.startedAt = entry.stage == .delayed ? nil : now.moment
        outlets[number, default: OutletQueue()].running = running
        activate(number)
        guard entry.stage != .delayed else { return }
        outlets[number]?.running?.isActingJournaled = true
        outlets[number]?.running?.wasSent = true
        countCycle(entry, at: now)
        outlets[number]?.running?.isHoldProven = entry.stage == .held
        if ticket.command.hasWayBack {
            outlets[number]?.running?.phase = .holding(until: due)
        } else if let state = ticket.command.action.plainState {
            outlets[number]?.running?.phase = .switching(state, notBefore: now.moment)
        } else {
            end(number, .unknown(.agentDied, "the agent died while it toggled \(entry.outlet)"))
        }
    }

    /// Counts a cycle of an earlier process that died before it could have it remembered.
    private mutating func countCycle(_ entry: JournalEntry, at now: Now) {
        let number = entry.outlet.outlet
        guard entry.command.action == .cycle else { return }
        let begun = min(now.moment(of: entry.due) + holdTime(number, entry.command) * -1, now.moment)
        if let last = outlets[number]?.cycleStarts.last, begun < last + .milliseconds(100) { return }
        outlets[number]?.cycleStarts.append(begun)
        remember(number, at: now)
    }

    /// When the next step of recovered work is due. A wall clock that was set back does not make it wait longer than
    /// the command asked for, and a protection that counts time holds although nobody knows when the switch was done.
    private func recoveredDue(_ entry: JournalEntry, at now: Now) -> Moment {
        let number = entry.outlet.outlet
        let due = now.moment(of: entry.due)
        guard entry.stage != .delayed else { return min(due, now.moment + (entry.command.delay ?? .zero)) }
        let latest = min(due, now.moment + holdTime(number, entry.command))
        guard entry.stage == .acting, let held = entry.command.finalState?.opposite else { return latest }
        let rules = rules.outlet(number)
        let least = held == .on ? rules.minimumOnTime : rules.minimumOffTime
        return max(latest, now.moment + (least ?? .zero))
    }

    // MARK: - What protections know

    /// Takes over what an earlier process knew of an outlet.
    mutating func restore(_ memory: OutletMemory, at now: Now) {
        let number = memory.outlet.outlet
        guard outlets[number] != nil || !knowsOutlets else { return }
        outlets[number, default: OutletQueue()].memory = memory
        outlets[number]?.stateBeforeOutage = memory.beforeOutage.flatMap(PowerState.init(rawValue:))
        outlets[number]?.cycleStarts = memory.cycleStarts.map { min(now.moment(of: $0), now.moment) }.sorted()
    }

    /// Has the journal keep what the outlet's protections must know after a restart.
    mutating func remember(_ number: OutletNumber, at now: Now) {
        let outletRules = rules.outlet(number)
        guard let queue = outlets[number],
            outletRules.minimumOnTime != nil || outletRules.minimumOffTime != nil
                || outletRules.maximumCyclesPerHour != nil || outletRules.onReturn != .observe
        else { return }
        effects.append(
            .memory(
                OutletMemory(
                    outlet: OutletID(pdu: rules.pdu, outlet: number),
                    state: queue.state?.rawValue ?? queue.memory?.state,
                    since: queue.stateSince.map(now.date(of:)) ?? queue.memory?.since,
                    cycleStarts: queue.cycleStarts.map(now.date(of:)),
                    beforeOutage: queue.stateBeforeOutage?.rawValue
                )
            )
        )
    }

    /// Since when an outlet is in the state that it was just read in for the first time.
    func since(_ state: PowerState, _ memory: OutletMemory?, at now: Now) -> Moment {
        guard let memory, memory.state == state.rawValue, let since = memory.since else { return now.moment }
        return min(now.moment(of: since), now.moment)
    }
}
