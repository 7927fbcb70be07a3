/// Runs programs that end by themselves, as `snmpget` or `mosquitto_pub`.
public enum Command {
    /// What a program said and how it ended.
    public struct Result: Sendable, Equatable {
        /// How it ended.
        public let status: TerminationStatus
        /// Its standard output.
        public let output: String
        /// Its standard error.
        public let error: String

        /// Whether it ended with code 0.
        public var isSuccess: Bool { status == .exited(0) }
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - name: the program, looked for as `Executable.find` does.
    ///   - package: the Debian package it comes in, for the error when it is missing.
    ///   - arguments: its arguments.
    ///   - environment: variables to set over ours.
    ///   - input: what it reads from its standard input, at most what fits into a pipe (64 KiB).
    ///   - limit: when it is killed.
    /// - Throws: `missingExecutable`, or `system` when it cannot be started; a failure of the program itself is told by
    ///   the result.
    public static func run(
        _ name: String,
        package: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String? = nil,
        within limit: Duration = .seconds(60)
    ) async throws(LocalServicesError) -> Result {
        let child = try await ChildProcess.start(
            try Executable.find(name, package: package),
            arguments,
            environment: environment,
            input: input == nil ? .none : .pipe,
            outputLimit: 1_048_576
        )
        if let input {
            // A program that ends without reading tells why by its status and its errors.
            try? child.write(input)
            child.closeInput()
        }
        _ = await child.waitForExit(within: limit)
        let status = await child.kill()
        return Result(status: status, output: child.standardOutput, error: child.standardError)
    }
}
