import Foundation
import Logging
internal import Loop
import Power

/// Setting lanes up with what an earlier run left for them.
extension PowerAgent {
    @discardableResult
    func setUp(
        _ blueprint: LaneBlueprint,
        knowing contents: JournalContents?,
        tenure: Tenure? = nil,
        firstPoll: Moment
    ) async -> PDULane {
        let lane = PDULane(
            rules: blueprint.rules,
            driver: fenced(blueprint).makeDriver(),
            publisher: publisher,
            journal: tenure?.journal ?? journal,
            circuits: circuits,
            numbers: numbers,
            timekeeper: timekeeper,
            firstPoll: firstPoll,
            tenure: tenure.map { TenureInfo(agent: id, epoch: $0.epoch, writeTime: $0.writeTime) },
            logger: logger
        )
        if let contents { await recover(contents, on: lane) }
        // What a load has begun keeps its outlets before anything else can be done to them.
        if tenure != nil { await router.loadDesk.begin(lane, contents ?? JournalContents()) }
        lanes.add(lane)
        newLanesInput.yield(lane)
        return lane
    }

    func recover(_ contents: JournalContents, on lane: PDULane) async {
        let entries = contents.entries.map { ($0, ticket(of: $0)) }
        await lane.recover(entries, answers: contents.answers, memories: contents.memories)
    }

    /// Tries to read a journal that could not be read at the start, until it can: what is in it must be finished.
    func recoverLate() async {
        let limit = numbers.first
        while contents == nil, !isStopping, !Task.isCancelled {
            await timekeeper.sleep(until: timekeeper.now + Self.journalRetry)
            guard !isStopping, var late = await journal?.contents() else { continue }
            // What this process wrote meanwhile is not left over from an earlier one.
            late.entries.removeAll { $0.ticket >= limit }
            late.groups.removeAll { $0.number >= limit }
            late.loads.removeAll { $0.number >= limit }
            contents = late
            let parts = late.byPDU
            for lane in lanes.all {
                if let part = parts[lane.pdu] { await recover(part, on: lane) }
            }
            await answerOrphans()
            await router.recover(late.groups)
            await router.loadDesk.recover(late.loads, answers: late.loadAnswers)
            contents = JournalContents()
        }
    }

    /// Clears what earlier runs left at the broker of PDUs that were taken out of the configuration meanwhile.
    func clearForgotten(_ outlets: [String: [Int]]) {
        published = outlets
        let configured = Set(plan.pdus.map(\.rules.pdu.rawValue))
        for (name, numbers) in outlets where !configured.contains(name) {
            if let load = name.dropPrefix("load/") {
                if plan.router.loads[load] == nil { publisher.loads.clearRetained(load) }
                continue
            }
            guard let pdu = PDUName(name) else { continue }
            logger.notice(
                "clearing what is retained of a PDU that is not configured any more",
                metadata: ["pdu": "\(pdu)"]
            )
            publisher.clearRetained(of: pdu, outlets: numbers.compactMap(OutletNumber.init))
        }
    }

    /// Has the journal note what is retained at the broker, when that has changed.
    func notePublished() async {
        guard let journal else { return }
        var outlets: [String: [Int]] = [:]
        for lane in lanes.all {
            outlets[lane.pdu.rawValue] = await lane.outletNumbers.map(\.rawValue).sorted()
            await Loop.shared.nextTurn()
        }
        for name in router.loads.keys { outlets["load/\(name)"] = [] }
        guard outlets != published else { return }
        published = outlets
        journal.notePublished(outlets)
    }

    private func ticket(of entry: JournalEntry) -> Ticket {
        Ticket(
            number: entry.ticket,
            outlet: entry.outlet,
            command: entry.command,
            receivedAt: timekeeper.now + .seconds(min(0, entry.receivedTime.timeIntervalSince(timekeeper.wallTime))),
            receivedTime: entry.receivedTime,
            expiresAt: entry.expires.map(Now(timekeeper).moment(of:)),
            reply: entry.reply,
            target: entry.target,
            isRecovered: entry.stage != .waiting,
            isInJournal: true
        )
    }

    /// Answers the work of an earlier run that nobody can finish, because its PDU is not in the configuration any more.
    /// It is not kept for the day when a PDU of that name comes back: nothing may switch then that nobody remembers.
    func answerOrphans() async {
        for entry in contents?.entries ?? [] where lanes[entry.outlet.pdu.rawValue] == nil {
            let ticket = ticket(of: entry)
            let now = Now(timekeeper)
            let result =
                entry.result
                ?? CommandResult(ticket, .ofOrphan(entry), startedAt: nil, deviceTime: .zero, now: now)
            var kept = Kept.notNeeded
            if entry.result == nil {
                logger.error(
                    "the journal holds unfinished work for a PDU that is not in the configuration any more",
                    metadata: ["outlet": "\(entry.outlet)", "action": "\(entry.command.action)"]
                )
                let answered = JournalEntry(ticket, stage: .finished, due: now.wallTime, result: result, at: now)
                if let journal { kept = await journal.keep(answered) }
                publisher.tell(.result(result, ticket))
            }
            let receipt = Receipt(ticket: ticket.number) { [journal] in journal?.remove(ticket: ticket.number) }
            publisher.publish(result, kept, reply: ticket.reply, receipt: receipt)
        }
    }
}

extension String {
    /// What follows a prefix; nothing when it does not begin so.
    fileprivate func dropPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}

extension Outcome {
    /// What can be said of a command of an earlier run whose PDU is gone from the configuration.
    fileprivate static func ofOrphan(_ entry: JournalEntry) -> Outcome {
        let place = "\(entry.outlet.pdu) is not in the configuration any more"
        switch entry.stage {
        case .waiting, .delayed: return .rejected(.unknownPDU, "\(place); nothing was switched")
        case .accepted, .acting, .held, .finished:
            let words = "the agent died while this ran, and \(place); how \(entry.outlet) was left is not known"
            return .unknown(.agentDied, words)
        }
    }
}
