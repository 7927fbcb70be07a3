import CChildProcess
import Dispatch
import Glibc
internal import HostNames

/// A running program that cannot outlive us: the kernel kills it when this process dies, even by SIGKILL, and it is
/// killed with the last reference to this object.
///
/// It has a process group of its own, so Ctrl-C on a terminal reaches only us, and what it started itself is killed
/// when it ends.
public final class ChildProcess: Sendable {
    /// What becomes the program's standard input.
    public enum Input: Sendable, Hashable {
        /// Nothing: reads give the end of the file.
        case none
        /// What `write(_:)` gives it, until `closeInput()`.
        case pipe
    }

    /// The process id.
    public let pid: Int32
    /// The program's path.
    public let executable: String
    private let core: ChildProcessCore

    private init(executable: String, core: ChildProcessCore) {
        self.executable = executable
        self.core = core
        pid = core.pid
    }

    deinit { core.send(SIGKILL) }

    /// Starts a program; it is running when this returns.
    ///
    /// - Parameters:
    ///   - executable: its path; `Executable.find` finds one by name.
    ///   - arguments: its arguments, without its own name.
    ///   - environment: variables to set over ours; an empty value stays an empty value.
    ///   - inheritsEnvironment: whether it gets our variables too.
    ///   - directory: where it works; ours by default.
    ///   - input: its standard input.
    ///   - outputLimit: how many bytes of its last output and errors are kept, each.
    ///   - limit: how long it may take until the program runs; one that has not begun by then never does.
    /// - Throws: `system` when it cannot be started.
    public static func start(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        inheritsEnvironment: Bool = true,
        directory: String? = nil,
        input: Input = .none,
        outputLimit: Int = 65_536,
        startingWithin limit: Duration? = nil
    ) async throws(LocalServicesError) -> ChildProcess {
        let launch = ChildProcessLaunch(
            executable: executable,
            arguments: arguments,
            environment: environment,
            inheritsEnvironment: inheritsEnvironment,
            directory: directory,
            hasInput: input == .pipe,
            outputLimit: outputLimit,
            limit: limit
        )
        // Starting blocks for a millisecond, and for as long as its disk does not answer, which the threads of Swift's
        // pool must not do, nor may one program wait for another's disk.
        let result: Result<ChildProcessCore, LocalServicesError> = await withCheckedContinuation { continuation in
            OneThread.run { continuation.resume(returning: launch.perform()) }
        }
        return ChildProcess(executable: executable, core: try result.get())
    }

    /// The last bytes of what it wrote to its standard output.
    public var standardOutput: String { core.text(of: .output) }

    /// The last bytes of what it wrote to its standard error.
    public var standardError: String { core.text(of: .error) }

    /// How it ended; nothing while it runs.
    public var exitStatus: TerminationStatus? { core.exitStatus }

    /// Whether it still runs (or is frozen).
    public var isRunning: Bool { exitStatus == nil }

    /// Waits until it has ended and all that it wrote has been read.
    ///
    /// - Returns: how it ended; nothing when it still runs after the limit or when the waiting task was cancelled.
    public func waitForExit(within limit: Duration? = nil) async -> TerminationStatus? {
        await core.wait(for: .exit, within: limit)
        return exitStatus
    }

    /// Waits until the output or the errors that are kept hold a text.
    ///
    /// - Returns: whether they do; they may not when it has ended, after the limit, or when the task was cancelled.
    public func waitForOutput(containing text: String, within limit: Duration) async -> Bool {
        await core.wait(for: .text(text), within: limit)
        return standardOutput.contains(text) || standardError.contains(text)
    }

    /// Asks it to end (SIGTERM, also when it is frozen), and kills it when it has not within the limit.
    ///
    /// Cancelling the task does not stop this: the program is gone when it returns.
    @discardableResult
    public func terminate(within limit: Duration = .seconds(5)) async -> TerminationStatus {
        core.send(SIGTERM)
        core.send(SIGCONT)
        await core.wait(for: .exit, within: limit, isCancellable: false)
        return await kill()
    }

    /// Ends it as a power cut would (SIGKILL) and waits until it is gone. Harmless when it has ended.
    @discardableResult
    public func kill() async -> TerminationStatus {
        core.send(SIGKILL)
        await core.wait(for: .exit, within: nil, isCancellable: false)
        return exitStatus ?? .signalled(SIGKILL)
    }

    /// Stops it in its tracks (SIGSTOP): its sockets stay open and nobody answers.
    public func freeze() { core.send(SIGSTOP) }

    /// Lets it go on after `freeze()`.
    public func thaw() { core.send(SIGCONT) }

    /// Sends any signal, as `SIGHUP`. Nothing happens when it has ended.
    public func signal(_ number: Int32) { core.send(number) }

    /// Writes to its standard input, where that is a pipe.
    ///
    /// - Throws: `system` when it has no such pipe, has closed it, or does not read what it was given before.
    public func write(_ text: String) throws(LocalServicesError) {
        let failure = core.write(Array(text.utf8))
        if failure != 0 { throw .system("cannot write to \(executable)", failure) }
    }

    /// Gives the end of the file on its standard input.
    public func closeInput() { core.closeInput() }
}
