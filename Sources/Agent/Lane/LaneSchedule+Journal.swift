import Foundation
import Power

/// What has to be on disk, and what an earlier process left there.
extension LaneSchedule {
    /// Has the command written to the journal; it waits for that, except in its delay.
    mutating func journal(_ number: OutletNumber, stage: JournalEntry.Stage, due: Date) {
        guard let running = outlets[number]?.running else { return }
        if stage == .acting { outlets[number]?.running?.phase = .journaling }
        outlets[number]?.running?.isJournaled = true
        effects.append(.journal(entry(running.ticket, stage: stage, due: due), isAwaited: true))
    }

    /// Has the journal know how far the command has come; nothing waits for that.
    mutating func note(_ number: OutletNumber, stage: JournalEntry.Stage, due: Date) {
        guard let running = outlets[number]?.running, running.isJournaled else { return }
        effects.append(.journal(entry(running.ticket, stage: stage, due: due), isAwaited: false))
    }

    /// The journal has written an entry that was awaited, or could not.
    mutating func didJournal(_ entry: JournalEntry, failure: String?, at now: Now) {
        let number = entry.outlet.outlet
        guard let running = outlets[number]?.running, running.ticket.number == entry.ticket else { return }
        if let failure {
            outlets[number]?.running?.isJournaled = entry.stage == .acting && running.command.delay != nil
            end(number, .rejected(.journalFailed, failure))
        } else if case .journaling = running.phase {
            act(number, at: now)
        }
        settleActive()
    }

    /// Goes on with what an earlier process began.
    mutating func recover(_ entry: JournalEntry, as ticket: Ticket, at now: Now) {
        let number = entry.outlet.outlet
        guard !knowsOutlets || isKnown(number) else {
            finish(ticket, unknownOutlet(number))
            effects.append(.unjournal(ticket.number))
            return
        }
        let due = now.moment(of: entry.due)
        var running = RunningCommand(tickets: [ticket], phase: .delayed(until: due))
        running.isJournaled = true
        running.isDelayOver = entry.stage != .delayed
        running.startedAt = entry.stage == .delayed ? nil : now.moment
        outlets[number, default: OutletQueue()].running = running
        activate(number)
        guard entry.stage != .delayed else { return }
        outlets[number]?.running?.isActingJournaled = true
        outlets[number]?.running?.isHoldProven = entry.stage == .held
        if ticket.command.hasWayBack {
            outlets[number]?.running?.phase = .holding(until: due)
        } else if let state = ticket.command.action.plainState {
            outlets[number]?.running?.phase = .switching(state, notBefore: now.moment)
        } else {
            end(number, .unknown(.agentDied, "the agent died while it toggled \(entry.outlet)"))
        }
    }

    private func entry(_ ticket: Ticket, stage: JournalEntry.Stage, due: Date) -> JournalEntry {
        JournalEntry(
            ticket: ticket.number,
            outlet: ticket.outlet,
            command: ticket.command,
            stage: stage,
            receivedTime: ticket.receivedTime,
            due: due,
            reply: ticket.reply
        )
    }
}
