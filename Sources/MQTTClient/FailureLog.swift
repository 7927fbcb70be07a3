/// Tells a failure that is new from one that goes on, so that the log gets one line and not a stream.
struct FailureLog: Sendable {
    private var last: [String: MQTTError] = [:]

    /// Whether a failure of something is to be logged.
    mutating func isNew(_ error: MQTTError, of subject: String) -> Bool {
        // A bound, for the case that the subjects are topics.
        if last.count >= 10_000 && last[subject] == nil { return false }
        return last.updateValue(error, forKey: subject) != error
    }

    /// It works: the next failure is a new one.
    mutating func succeeded(_ subject: String) {
        if !last.isEmpty { last[subject] = nil }
    }

    /// Everything works.
    mutating func reset() { last = [:] }
}
