import Power
import Testing

@testable import Agent

@Suite("The same id twice")
struct RecentAnswersTests {
    private let bench = ScheduleBench()
    private var ticket: Ticket { bench.ticket(1, Command(.on, id: "a"), 1) }
    private var result: CommandResult {
        CommandResult(ticket, .done(.on), startedAt: nil, deviceTime: .zero, now: bench.now)
    }

    private func isNew(_ answers: inout RecentAnswers, _ id: String, at moment: Moment) -> Bool {
        if case .new = answers.judge(ticket, id: id, at: moment) { true } else { false }
    }

    @Test("is executed once, and answered for ten minutes after its end with the first outcome")
    func once() {
        var answers = RecentAnswers()
        #expect(isNew(&answers, "a", at: .start))
        #expect(!isNew(&answers, "a", at: .start))
        // A command may run longer than ids are remembered.
        let end = Moment.start + .seconds(3000)
        #expect(answers.answer(id: "a", result, at: end).count == 1)
        #expect(!isNew(&answers, "a", at: end + .seconds(599)))
        #expect(isNew(&answers, "a", at: end + .seconds(600)))
    }

    @Test("is bounded: only so many wait for the first one, and only so many ids are remembered")
    func bounds() {
        var answers = RecentAnswers()
        _ = answers.judge(ticket, id: "a", at: .start)
        for _ in 0..<LaneRules.maximumWaiting { _ = answers.judge(ticket, id: "a", at: .start) }
        guard case .tooMany = answers.judge(ticket, id: "a", at: .start) else {
            Issue.record("one too many may wait")
            return
        }
        for number in 0..<(RecentAnswers.capacity + 100) {
            _ = answers.judge(ticket, id: "\(number)", at: .start)
            _ = answers.answer(id: "\(number)", result, at: .start)
        }
        #expect(answers.count == RecentAnswers.capacity + 1)
        #expect(isNew(&answers, "0", at: .start), "the oldest was forgotten")
        #expect(answers.answer(id: "a", result, at: .start).count == LaneRules.maximumWaiting)
    }

    @Test("is remembered from an earlier process")
    func recalled() {
        var answers = RecentAnswers()
        answers.recall(id: "a", result, since: .start)
        #expect(!isNew(&answers, "a", at: .start + .seconds(10)))
    }
}
