import Foundation
import Logging
internal import Loop
import Power
import Synchronization

/// What the lane tells: what the schedule wants told, what is retained at the broker, what outlives the process.
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
        // The agent that owns the PDU now tells what there is to tell.
        guard !isAbdicated else { return }
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
        case .finished(let ending):
            let outcome = ending.outcome
            let outlet = ending.ticket.outlet
            if let wanted = ending.ticket.command.finalState, outcome.status == .failed,
                outcome.state == wanted.opposite
            {
                logger.error(
                    "a command could not bring its outlet back; look at it",
                    metadata: ["outlet": "\(outlet)", "state": "\(wanted.opposite)"]
                )
            }
            desk.settle(ending, at: Now(timekeeper)) { number, proof in
                // In the order in which the journal says so, which that of the tasks is not.
                self.kept.withLock { $0.append((number, proof)) }
                // The journal answers from its own thread.
                Loop.shared.execute("a kept answer") { self.assumeIsolated { $0.takeKept() } }
            }
            if !desk.waits(for: ending.ticket) { schedule.didEnd(ending.ticket) }
        case .feed(let ticket, let report): ticket.feed?(report)
        case .journal(let entry, let isAwaited): write(entry, isAwaited: isAwaited)
        case .memory(let memory): journal?.remember(memory)
        }
    }

    private func takeKept() {
        let proofs = kept.withLock { kept in
            defer { kept = [] }
            return kept
        }
        for (number, proof) in proofs {
            // An end that the journal does not take because the PDU is another agent's is that agent's to tell.
            if isAbdicated || proof.failure != nil && journal?.isForeign == true { continue }
            if let ticket = desk.didKeep(number, proof, at: timekeeper.now) { schedule.didEnd(ticket) }
        }
        if !desk.isWaiting || isAbdicated {
            allKept?.open()
        }
        signal.signal()
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
            // The journal answers from its own thread.
            Loop.shared.execute("a kept entry") { self.assumeIsolated { $0.didJournal(entry, failure) } }
        }
    }

    private func didJournal(_ entry: JournalEntry, _ failure: String?) {
        schedule.didJournal(
            entry,
            failure: failure,
            refusal: journal?.refusal ?? .journalFailed,
            at: Now(timekeeper)
        )
        flush()
        signal.signal()
    }

    // MARK: - What is retained at the broker

    func tellAvailability(_ condition: DeviceHealth.Condition) {
        guard !isAbdicated else { return }
        switch condition {
        case .unknown: return
        case .online:
            logger.notice("online")
            publisher.publish(availability: true, of: pdu)
            publisher.tell(.availability(pdu, isOnline: true, reason: nil))
            // The first information waits for what the device says of itself, which is asked for next.
            if description == nil { return }
        case .offline(_, let reason):
            logger.warning("offline", metadata: ["error": "\(reason)"])
            publisher.publish(availability: false, of: pdu)
            publisher.tell(.availability(pdu, isOnline: false, reason: reason.message))
        }
        publishInfo()
    }

    /// The agent is about to say that it is online: a device that has not answered by now counts as away until it does.
    func tellIfUnread() {
        guard !isAbdicated else { return }
        isOverdue = true
        if schedule.health.condition == .unknown { publisher.publish(availability: false, of: pdu) }
    }

    /// Publishes everything retained again: to a broker that may have lost its store.
    func republish() {
        guard !isAbdicated else { return }
        switch schedule.health.condition {
        // What an earlier run said is not true of a device that nobody has reached since.
        case .unknown where !isOverdue: break
        case .online: publisher.publish(availability: true, of: pdu)
        case .unknown, .offline: publisher.publish(availability: false, of: pdu)
        }
        publishInfo()
        for (number, queue) in schedule.outlets {
            guard let state = queue.state else { continue }
            publisher.publish(state: state, of: OutletID(pdu: pdu, outlet: number))
        }
        telemetry.forget()
        if let lastReading { publishTelemetry(lastReading) }
    }

    /// Clears everything retained of a PDU that is no more.
    func clearRetained() {
        publisher.clearRetained(of: pdu, outlets: schedule.outlets.keys)
    }

    func clearRetained(of number: OutletNumber) {
        let outlet = OutletID(pdu: pdu, outlet: number)
        publisher.clearRetained(of: outlet)
        telemetry.forget(number)
    }

    func publishInfo() {
        guard !isAbdicated else { return }
        var problem: String?
        if case .offline(_, let reason) = schedule.health.condition { problem = reason.message }
        let info = DeviceInfo(
            rules: schedule.rules,
            description: description,
            outlets: schedule.outlets.keys,
            problem: problem,
            warnings: lastReading?.warnings ?? [],
            agent: publisher.agent,
            tenure: tenure
        )
        publisher.publish(info: info, of: pdu)
        publisher.tell(.described(snapshot))
    }

    func take(_ raw: DeviceReading) {
        let reading = publisher.counted(raw, of: pdu)
        let before = lastReading
        lastReading = reading
        let hasNewWarnings = reading.warnings != before?.warnings ?? []
        if hasNewWarnings, reading.warnings.isEmpty {
            logger.notice("the device complains no more")
        } else if hasNewWarnings {
            logger.warning("the device complains", metadata: ["warnings": "\(reading.warnings)"])
        }
        // The first information waits for what the device says of itself, which is asked for next.
        if description != nil, hasNewWarnings || !(before.map(reading.answersTheSame) ?? false) { publishInfo() }
        publishTelemetry(reading)
        publisher.tell(.reading(pdu, reading))
    }

    private func publishTelemetry(_ reading: DeviceReading) {
        if telemetry.clearsOutlets(schedule.rules.telemetry) {
            for number in schedule.outlets.keys { publisher.clearTelemetry(of: OutletID(pdu: pdu, outlet: number)) }
        }
        for (number, values) in telemetry.due(reading, schedule.rules.telemetry, at: timekeeper.now) {
            let topics = publisher.topics
            let topic = number.map { topics.telemetry(OutletID(pdu: pdu, outlet: $0)) } ?? topics.telemetry(pdu)
            publisher.publish(telemetry: values, to: topic)
        }
    }

    // MARK: - What outlives the process

    /// Leaves what waits and was not begun to the next owner of the PDU: it is in the journal when this returns. What
    /// cannot be written is refused.
    func handOn() async {
        guard let journal else { return }
        let now = Now(timekeeper)
        await withTaskGroup(of: (Ticket, isKept: Bool).self) { group in
            for ticket in schedule.handOn() {
                let entry = JournalEntry(ticket, stage: .waiting, due: now.wallTime, at: now)
                group.addTask {
                    let failure = await withCheckedContinuation { done in
                        journal.write(entry) { done.resume(returning: $0) }
                    }
                    return (ticket, failure == nil)
                }
            }
            for await (ticket, isKept) in group {
                if isKept {
                    desk.release([ticket], at: Now(timekeeper))
                } else {
                    schedule.finish(ticket, LaneSchedule.stopping)
                    flush()
                }
            }
        }
    }

    /// Goes on with what an earlier process left in the journal, and remembers what it answered.
    func recover(
        _ entries: [(JournalEntry, Ticket)],
        answers recalled: [RecalledAnswer],
        memories: [OutletMemory]
    ) {
        let now = Now(timekeeper)
        for memory in memories { schedule.restore(memory, at: now) }
        for answer in recalled { desk.recall(answer, at: now) }
        for (entry, ticket) in entries {
            if let result = entry.result {
                // Answered, and perhaps not told: the broker is told again rather than not at all.
                desk.retell(result, of: ticket)
                continue
            }
            // What was answered is in the recalled answers, and an id that is there is not executed again.
            guard desk.admit(ticket, at: now) else {
                journal?.remove(ticket: ticket.number)
                continue
            }
            if entry.stage == .waiting {
                schedule.begin(handedOn: ticket, at: now)
                continue
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
}

extension DeviceReading {
    /// Whether the device answered for the same outlets and measured the same quantities; the values may differ.
    fileprivate func answersTheSame(as other: DeviceReading) -> Bool {
        outlets.count == other.outlets.count && measurements.measuresTheSame(as: other.measurements)
            && outletMeasurements.count == other.outletMeasurements.count
            && outlets.keys.allSatisfy { other.outlets[$0] != nil }
            && outletMeasurements.allSatisfy { number, values in
                other.outletMeasurements[number].map(values.measuresTheSame) ?? false
            }
    }
}
