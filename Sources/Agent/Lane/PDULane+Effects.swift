import Logging
import Power

/// What the schedule wants done.
extension PDULane {
    func flush() {
        // Carrying out one effect may cause others.
        while true {
            let effects = schedule.takeEffects()
            if effects.isEmpty { return }
            for effect in effects { carryOut(effect) }
        }
    }

    private func carryOut(_ effect: LaneEffect) {
        switch effect {
        case .state(let number, let state, let previous, let isOwn):
            let outlet = OutletID(pdu: pdu, outlet: number)
            publisher.publish(state: state, of: outlet)
            publisher.tell(.state(outlet, state, previous: previous, isOwn: isOwn))
        case .gone(let number): clearRetained(of: number)
        case .oddity(let number, let answer):
            logger.log(
                level: answer == .pending ? .debug : .warning,
                "the device's answer is neither on nor off",
                metadata: ["outlet": "\(number)", "answer": "\(answer)"]
            )
        case .measured(let reading): take(reading)
        case .availability(let condition): tellAvailability(condition)
        case .republish: republish()
        case .wants(let number, let command):
            let ticket = Ticket(
                number: numbers.next(),
                outlet: OutletID(pdu: pdu, outlet: number),
                command: command,
                receivedAt: timekeeper.now,
                receivedTime: timekeeper.wallTime
            )
            schedule.submit(ticket, at: Now(timekeeper))
        case .finished(let ticket, let outcome, let startedAt, let deviceTime, let isJournaled):
            let now = Now(timekeeper)
            if let wanted = ticket.command.finalState, outcome.status == .failed, outcome.state == wanted.opposite {
                logger.error(
                    "a command could not bring its outlet back; look at it",
                    metadata: ["outlet": "\(ticket.outlet)", "state": "\(wanted.opposite)"]
                )
            }
            let result = CommandResult(ticket, outcome, startedAt: startedAt, deviceTime: deviceTime, now: now)
            finish(ticket, result, isJournaled: isJournaled, at: now)
        case .journal(let entry, let isAwaited): write(entry, isAwaited: isAwaited)
        case .memory(let memory): journal?.remember(memory)
        }
    }

    private func finish(_ ticket: Ticket, _ result: CommandResult, isJournaled: Bool, at now: Now) {
        guard isJournaled else { return deliver(result, to: ticket) }
        // The answer is in the journal before the broker can have it: a crash in between has it told again.
        journal?.write(JournalEntry(ticket, stage: .finished, due: now.wallTime, result: result), completion: nil)
        deliver(result, to: ticket, isJournaled: true)
        guard let id = ticket.command.id else { return }
        for other in answers[ticket.outlet.outlet, default: RecentAnswers()].answer(id: id, result, at: now.moment) {
            deliver(result, to: other)
        }
    }

    func deliver(_ result: CommandResult, to ticket: Ticket, isJournaled: Bool = false) {
        // Whoever has the answer finds it in the audit trail, before what is done because of it.
        publisher.tell(.result(result, ticket))
        tell(result, to: ticket, isJournaled: isJournaled)
        ticket.answer?(result)
    }

    func tell(_ result: CommandResult, to ticket: Ticket, isJournaled: Bool) {
        guard isJournaled, let journal else { return publisher.publish(result, reply: ticket.reply) }
        let receipt = Receipt(ticket: ticket.number) { journal.remove(ticket: ticket.number) }
        publisher.publish(result, reply: ticket.reply, receipt: receipt)
    }

    private func write(_ entry: JournalEntry, isAwaited: Bool) {
        guard let journal else {
            if isAwaited {
                didJournal(entry, "no state directory is set, so nothing that must survive a crash is begun")
            }
            return
        }
        guard isAwaited else { return journal.write(entry, completion: nil) }
        journal.write(entry) { failure in
            // The journal answers from its own thread; there is no task to structure this under.
            Task { await self.didJournal(entry, failure) }
        }
    }

    private func didJournal(_ entry: JournalEntry, _ failure: String?) {
        schedule.didJournal(entry, failure: failure, at: Now(timekeeper))
        flush()
        signal.signal()
    }
}
