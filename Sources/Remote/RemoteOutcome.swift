/// How a command to one target ended, as far as the one who gave it can tell.
public struct RemoteOutcome: Sendable, Equatable {
    /// What is known.
    public enum Ending: Sendable, Equatable {
        /// An agent answered; the text is the answer as it came.
        case answered(RemoteAnswer, text: String)
        /// The command could not be sent.
        case notSent(String)
        /// Nobody answered in time: what happened to the outlet is not known.
        case noAnswer
    }

    /// The target.
    public var target: RemoteTarget
    /// What is known.
    public var ending: Ending

    /// An outcome.
    public init(target: RemoteTarget, ending: Ending) {
        self.target = target
        self.ending = ending
    }

    /// The exit code for scripts: 0 done, 1 failed or unknown, 2 rejected, 3 no answer.
    public var exitCode: Int32 {
        switch ending {
        case .answered(let answer, _):
            switch answer.status {
            case "done": 0
            case "rejected": 2
            default: 1
            }
        case .notSent: 2
        case .noAnswer: 3
        }
    }
}
