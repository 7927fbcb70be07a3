import ArgumentParser
import Remote

/// What a failure at the broker means for the shell.
enum RemoteFailure {
    /// Says what went wrong on standard error.
    ///
    /// - Returns: the exit code: 2 when a target names nothing or is not allowed, 3 when nobody can be reached.
    static func report(_ error: RemoteError) -> ExitCode {
        let code: ExitCode =
            switch error.code {
            case .badTarget, .noSuchTarget, .notAllowed: .refused
            case .unreachable, .noAgent: .nobody
            }
        return code.because(error.message)
    }

    /// Reads targets; a bad one ends the command.
    static func targets(_ texts: [String]) throws -> [TargetExpression] {
        do {
            return try texts.map { text throws(RemoteError) in try TargetExpression(text) }
        } catch {
            throw report(error)
        }
    }

    /// What every command that switches says of its targets and exit codes.
    static let discussion = """
        Targets: bench/1, bench/1-3, rack[1-4]/[1-8], bench/* (quote it), the label of an outlet ("DUT A", "DUT *"), or \
        @rack-a for a group and load:server1 for a load of the agent's configuration.

        The command waits until the device was read back. Exit codes: 0 every outlet, or every feed of a load, is done, \
        1 one ended as failed, unknown, expired or superseded, 2 one was rejected or a target names nothing, 3 no \
        answer or no broker; of these the highest counts. 64 wrong usage, 78 bad configuration or password file.
        """
}
