internal import Glibc
internal import LocalServices
internal import Power

/// One run of a program for an outlet.
struct ProgramRun: Sendable, Hashable {
    /// The most that is kept of what a program prints, in bytes: its end.
    static let outputLimit = 65_536
    /// How long a program that has taken too long may take to tidy up before it is killed.
    private static let tidyTime = Duration.seconds(1)
    /// The variables that a program gets: the agent's own may hold secrets.
    private static let variables = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"]

    let path: String
    let arguments: [String]

    init(_ program: CommandDriverConfiguration.Program, outlet: OutletNumber) {
        path = program.path
        arguments = program.arguments.map { $0.filled(outlet) }
    }

    /// Runs the program to its end.
    ///
    /// - Parameter purpose: what it is run for, for messages.
    /// - Returns: what it printed, when it ended with code 0.
    /// - Throws: `unreachable` when it cannot be started, `timeout` when it took too long, `badReply` when it ended
    ///   otherwise than with 0 (whatever it had done until then), `cancelled`.
    nonisolated(nonsending) func output(within limit: Duration, for purpose: String) async throws(DriverError)
        -> [UInt8]
    {
        // A program cannot look at a permit, so it has only the permit's time.
        let permit = WritePermit.current
        if let permit, !permit.isValid { throw .overdue(purpose) }
        let limit = permit.map { min(limit, $0.remaining) } ?? limit
        let child: ChildProcess
        let start = ContinuousClock.now
        do {
            child = try await ChildProcess.start(
                path,
                arguments,
                environment: Self.environment,
                inheritsEnvironment: false,
                outputLimit: Self.outputLimit,
                startingWithin: limit
            )
        } catch {
            throw DriverError(.unreachable, "\(purpose): \(error.message)")
        }
        guard let status = await child.waitForExit(within: max(.zero, limit - start.duration(to: .now))) else {
            let isCancelled = Task.isCancelled
            if permit == nil { await child.terminate(within: Self.tidyTime) } else { await child.kill() }
            if isCancelled { throw DriverError(.cancelled, "\(purpose): \(path) was stopped with the agent") }
            throw DriverError(.timeout, "\(purpose): \(path) did not end within \(limit)")
        }
        guard status == .exited(0) else {
            let words = Self.lastLine(child.standardError) ?? Self.lastLine(child.standardOutput) ?? "it says nothing"
            throw DriverError(.badReply, "\(purpose): \(path) ended with \(status): \(words)")
        }
        return Array(child.standardOutput.utf8)
    }

    private static func lastLine(_ text: String) -> String? {
        text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
            .map { StateWords.shown(String($0)) }
    }

    private static var environment: [String: String] {
        var result: [String: String] = [:]
        for name in variables {
            if let value = getenv(name) { result[name] = String(cString: value) }
        }
        return result
    }
}
