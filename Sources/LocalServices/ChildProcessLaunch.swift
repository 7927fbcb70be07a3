import CChildProcess
import Glibc

/// Everything needed to start a child, and the starting itself, which blocks.
struct ChildProcessLaunch: Sendable {
    var executable: String
    var arguments: [String]
    var environment: [String: String]
    var inheritsEnvironment: Bool
    var directory: String?
    var hasInput: Bool
    var outputLimit: Int
    /// How long it may take until the program runs; nothing for any time.
    var limit: Duration?

    func perform() -> Result<ChildProcessCore, LocalServicesError> {
        // A write to a pipe whose reader is gone shall be an error and not the end of this process.
        Glibc.signal(SIGPIPE, SIG_IGN)
        do throws(LocalServicesError) {
            let output = try pipe()
            let error = try pipe(orClosing: [output.reading, output.writing])
            let both = [output.reading, output.writing, error.reading, error.writing]
            let input = try openInput(orClosing: both)
            defer { close(input.reading) }
            do throws(LocalServicesError) {
                let child = try start(input: input.reading, output: output.writing, error: error.writing)
                return .success(
                    ChildProcessCore(
                        pid: child.pid,
                        descriptor: child.descriptor,
                        input: input.writing,
                        output: output.reading,
                        error: error.reading,
                        childEnds: (output.writing, error.writing),
                        outputLimit: outputLimit
                    )
                )
            } catch let problem {
                for descriptor in both + [input.writing] where descriptor >= 0 { close(descriptor) }
                throw problem
            }
        } catch {
            return .failure(error)
        }
    }

    private typealias Pipe = (reading: Int32, writing: Int32)

    private func pipe(orClosing others: [Int32] = []) throws(LocalServicesError) -> Pipe {
        var ends: Pipe = (-1, -1)
        let failure = busbar_pipe(&ends.reading, &ends.writing)
        guard failure == 0 else {
            for other in others { close(other) }
            throw .system("cannot make a pipe for \(executable)", failure)
        }
        return ends
    }

    private func openInput(orClosing others: [Int32]) throws(LocalServicesError) -> Pipe {
        if hasInput { return try pipe(orClosing: others) }
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard null >= 0 else {
            let failure = errno
            for other in others { close(other) }
            throw .system("cannot open /dev/null", failure)
        }
        return (null, -1)
    }

    private func start(
        input: Int32,
        output: Int32,
        error: Int32
    ) throws(LocalServicesError) -> (pid: Int32, descriptor: Int32) {
        var variables: [String: String] = [:]
        var next = environ
        while inheritsEnvironment, let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        variables.merge(environment) { _, given in given }
        let failure: Int32
        var pid: pid_t = -1
        var descriptor: Int32 = -1
        let words = ([executable] + arguments).map { strdup($0) } + [nil]
        let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + settings { free(text) } }
        failure = executable.withCString { path in
            words.withUnsafeBufferPointer { words in
                settings.withUnsafeBufferPointer { settings in
                    withOptionalCString(directory) { directory in
                        var request = busbar_child_request(
                            path: path,
                            arguments: words.baseAddress,
                            environment: settings.baseAddress,
                            directory: directory,
                            input: input,
                            output: output,
                            error: error,
                            limit_milliseconds: limit.map { Int32(clamping: Int64($0 / .milliseconds(1))) } ?? -1
                        )
                        return busbar_child_start(&request, &pid, &descriptor)
                    }
                }
            }
        }
        if failure == ETIMEDOUT, let limit {
            throw LocalServicesError(
                .system,
                "\(executable) did not start within \(limit) and was given up: is its file on a mount that does not "
                    + "answer?"
            )
        }
        guard failure == 0 else { throw .system("cannot start \(executable)", failure) }
        return (pid, descriptor)
    }

    private func withOptionalCString<Value>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Value) -> Value {
        if let text { text.withCString { body($0) } } else { body(nil) }
    }
}
