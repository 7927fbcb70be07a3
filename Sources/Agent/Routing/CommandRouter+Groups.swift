import DequeModule
import Foundation
import Logging
import Power
import Synchronization

/// Commands for several outlets.
extension CommandRouter {
    /// Starts a command for several outlets; one that cannot be started is answered at once. When this returns, the
    /// first outlet has the command, so that what arrives later for it comes after it.
    func start(
        _ target: GroupResult.Target,
        _ rules: GroupRules,
        _ command: Command,
        expiresAt: Moment? = nil,
        reply: ReplyAddress? = nil,
        answer: (@Sendable (GroupResult) -> Void)? = nil
    ) async {
        let run = GroupRun(
            number: numbers.next(),
            target: target,
            rules: rules,
            command: command,
            receivedAt: timekeeper.now,
            receivedTime: timekeeper.wallTime,
            expiresAt: expiresAt,
            reply: reply,
            answer: answer
        )
        // Noted before an outlet can be touched.
        if run.needsJournal { journal?.write(run.entry(), completion: nil) }
        let refusal = state.withLock { state -> Outcome? in
            guard !state.isStopping else { return LaneSchedule.stopping }
            guard state.groupRunCount < Self.maximumGroupRuns else {
                return Outcome(.superseded, message: "more than \(Self.maximumGroupRuns) group commands run")
            }
            state.groupRunCount += 1
            state.waitingRuns.append(run)
            return nil
        }
        guard let refusal else {
            runSignal.signal()
            return await run.begun.wait()
        }
        if run.needsJournal { journal?.remove(group: run.number) }
        publish(refusal, target: target, id: command.id, command: command, reply: reply, answer: answer)
    }

    /// Runs group commands until the router is stopped and each has its result. The agent calls it once, in a task of
    /// its own; when that is cancelled, what is missing of the results is `unknown`.
    func runGroups() async {
        await withDiscardingTaskGroup { group in
            while let run = await nextRun() { group.addTask { await self.carryOut(run) } }
        }
    }

    /// The next group command. Those that wait are taken up even by a router that stops, because each is answered.
    private func nextRun() async -> GroupRun? {
        while true {
            let (run, isOver) = state.withLock { state in
                let run = state.waitingRuns.popFirst()
                if let run { state.groupRuns[run.number] = run.wake }
                if run == nil, Task.isCancelled { state.isStopping = true }
                return (run, state.isStopping)
            }
            if run != nil || isOver { return run }
            await runSignal.wait()
        }
    }

    private func carryOut(_ run: GroupRun) async {
        let result = await run.execute(
            in: lanes,
            loads: loadDesk,
            numbers: numbers,
            timekeeper: timekeeper
        ) { self.isStopping }
        state.withLock { state in
            state.groupRuns[run.number] = nil
            state.groupRunCount -= 1
        }
        let payload = publisher.json(result)
        var kept = Kept.notNeeded
        var receipt: Receipt?
        if let journal, run.needsJournal {
            kept = await journal.keep(run.entry(payload: payload))
            receipt = Receipt(ticket: run.number) { journal.remove(group: run.number) }
        }
        publisher.publish(payload, kept, of: run.target, reply: run.reply, receipt: receipt)
        publisher.tell(.groupResult(result))
        run.answer?(result)
    }

    /// Answers what an earlier run left of commands for several outlets.
    func recover(_ entries: [GroupEntry]) async {
        for entry in entries {
            logger.notice("answering a group's command of an earlier run", metadata: ["target": "\(entry.target)"])
            let outcome = Outcome.unknown(
                .agentDied,
                "the agent died before this was finished: what had begun answers outlet by outlet, the rest was not done"
            )
            let payload =
                entry.payload.map(Array.init)
                ?? publisher.json(
                    refused(
                        outcome,
                        target: entry.target,
                        id: entry.command.id,
                        command: entry.command,
                        receivedAt: entry.receivedTime
                    )
                )
            var answered = entry
            answered.payload = Data(payload)
            let receipt = Receipt(ticket: entry.number) { [journal] in journal?.remove(group: entry.number) }
            let kept = entry.payload == nil ? await journal?.keep(answered) ?? .notNeeded : .notNeeded
            publisher.publish(payload, kept, of: entry.target, reply: entry.reply, receipt: receipt)
        }
    }
}
