import Foundation
import Power
import Remote

/// The lines that tell how commands ended.
enum OutcomeText {
    static func text(_ outcome: RemoteOutcome, json: Bool) -> String {
        switch outcome.ending {
        case .answered(let answer, let text):
            return json ? text : lines(answer, outcome.target.description)
        case .notSent(let why):
            return json ? object(outcome, "not_sent", why) : "\(outcome.target)  not sent: \(why)"
        case .noAnswer:
            let words = "no answer in time; what it does now is not known"
            return json ? object(outcome, "no_answer", words) : "\(outcome.target)  \(words)"
        }
    }

    /// Equal outcomes as one line, their targets as `rack[1-4]/[1-8]`.
    static func folded(_ outcomes: [RemoteOutcome]) -> String {
        FoldedLines.text(
            outcomes.map { outcome in
                let name = outcome.target.description
                var text = text(outcome, json: false)
                if text.hasPrefix(name + "  ") { text = String(text.dropFirst(name.count + 2)) }
                // Messages name the outlet or its PDU; what else they say may be the same for many.
                if case .outlet(let outlet) = outcome.target {
                    text = text.replacing(name, with: "the outlet").replacing("\(outlet.pdu) ", with: "the PDU ")
                }
                return (name, text)
            }
        )
    }

    /// What went wrong. Agents say what to do in the words of the command language; here it is an option.
    private static func message(_ error: RemoteAnswer.Problem) -> String {
        var text = Printable.text(error.message)
        for (words, option) in [
            ("send the command as JSON with \"force\": true", "give --force"),
            ("send the command with \"force\": true", "give --force"),
            ("with \"with_dependents\" or \"force\": true", "with --with-dependents or --force"),
            ("with \"force\": true", "with --force"),
        ] { text = text.replacing(words, with: option) }
        return text
    }

    private static func object(_ outcome: RemoteOutcome, _ code: String, _ message: String) -> String {
        let object: [String: Any] = [
            "target": outcome.target.description, "status": "no_answer",
            "error": ["code": code, "message": message],
        ]
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? JSONSerialization.data(withJSONObject: object, options: options)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private static func lines(_ answer: RemoteAnswer, _ target: String) -> String {
        var lines = [line(answer, target)]
        for step in answer.plan?.steps ?? [] {
            lines.append("  would be \(step.action) after \(TextTable.number(step.after)) s: \(step.outlet)")
        }
        for obstacle in answer.plan?.obstacles ?? [] { lines.append("  but \(obstacle.message)") }
        for outlet in answer.outlets ?? [] {
            lines.append("  " + self.lines(outlet, "\(outlet.pdu ?? "?")/\(outlet.outlet.map(String.init) ?? "?")"))
        }
        for load in answer.loads ?? [] {
            lines.append("  " + self.lines(load, "load:\(load.load ?? "?")").replacing("\n", with: "\n  "))
        }
        for feed in answer.feeds ?? [] {
            var words = ["  \(feed.pdu)/\(feed.outlet)", feed.status ?? "left alone"]
            if let state = feed.state { words.append(state) }
            if let error = feed.error { words.append("\(error.code): \(message(error))") }
            lines.append(words.joined(separator: "  "))
        }
        return lines.joined(separator: "\n")
    }

    static func line(_ answer: RemoteAnswer, _ target: String) -> String {
        var words = [target, answer.plan == nil ? answer.status : "dry run"]
        if let state = answer.state { words.append(state) }
        if let error = answer.error { words.append("\(error.code): \(message(error))") }
        return words.joined(separator: "  ")
    }
}
