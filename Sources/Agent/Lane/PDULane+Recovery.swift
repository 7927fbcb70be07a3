import Logging
import Power

/// What outlives the process.
extension PDULane {
    /// Goes on with what an earlier process left in the journal, and remembers what it answered.
    func recover(
        _ entries: [(JournalEntry, Ticket)],
        answers recalled: [RecalledAnswer],
        memories: [OutletMemory]
    ) {
        let now = Now(timekeeper)
        for memory in memories { schedule.restore(memory, at: now) }
        for answer in recalled {
            answers[answer.outlet.outlet, default: RecentAnswers()]
                .recall(id: answer.id, answer.result, since: min(now.moment(of: answer.result.finishedAt), now.moment))
        }
        for (entry, ticket) in entries {
            if let result = entry.result {
                // Answered, and perhaps not told: the broker is told again rather than not at all.
                tell(result, to: ticket, isJournaled: true)
                continue
            }
            if let id = ticket.command.id {
                _ = answers[ticket.outlet.outlet, default: RecentAnswers()].judge(ticket, id: id, at: now.moment)
            }
            logger.notice(
                entry.stage == .accepted
                    ? "answering a command that an earlier run did not" : "finishing a command of an earlier run",
                metadata: ["outlet": "\(ticket.outlet)", "action": "\(ticket.command.action)"]
            )
            schedule.recover(entry, as: ticket, at: now)
        }
        flush()
        signal.signal()
    }

    /// Tells those in this process who wait for what stays in the journal that they wait in vain. The result topic is told
    /// by the next start, so that every command has one result there. The journal knows nothing of a repetition that
    /// waited for the first answer, so its sender is told now where it alone listens.
    func releaseWaiting() {
        let message = "the agent was stopped; the command is in its journal and is finished at the next start"
        func result(_ ticket: Ticket) -> CommandResult {
            let outcome = Outcome.unknown(.stopping, message)
            return CommandResult(ticket, outcome, startedAt: nil, deviceTime: .zero, now: Now(timekeeper))
        }
        for ticket in schedule.leftInJournal {
            ticket.answer?(result(ticket))
            guard let id = ticket.command.id else { continue }
            for other in answers[ticket.outlet.outlet]?.takeWaiting(id: id) ?? [] {
                other.answer?(result(other))
                if let reply = other.reply { publisher.answer(result(other), to: reply) }
            }
        }
    }
}
