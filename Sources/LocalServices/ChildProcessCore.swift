import CChildProcess
import Dispatch
import Glibc
import Synchronization

/// The part of a child process that lives until the child has ended, whoever has lost interest before.
///
/// The dispatch sources keep it alive and are cancelled when the child has ended; everything that changes is in one
/// mutex, because callers come from any thread.
final class ChildProcessCore: Sendable {
    enum Stream: Sendable {
        case output
        case error
    }

    enum Condition: Sendable, Equatable {
        case exit
        case text(String)
    }

    private struct Waiter {
        let condition: Condition
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var status: TerminationStatus?
        var output: OutputRing
        var error: OutputRing
        var input: Int32
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    /// Where the output and the end of all children are noticed. The handlers never block.
    private static let events = DispatchQueue(label: "busbar.child-processes.events")

    let pid: Int32
    private let descriptor: Int32
    private let outputDescriptor: Int32
    private let errorDescriptor: Int32
    /// The child's ends of both pipes.
    private let childEnds: (output: Int32, error: Int32)
    private let state: Mutex<State>

    /// Takes over the descriptors.
    init(
        pid: Int32,
        descriptor: Int32,
        input: Int32,
        output: Int32,
        error: Int32,
        childEnds: (output: Int32, error: Int32),
        outputLimit: Int
    ) {
        self.pid = pid
        self.descriptor = descriptor
        outputDescriptor = output
        errorDescriptor = error
        self.childEnds = childEnds
        state = Mutex(
            State(output: OutputRing(capacity: outputLimit), error: OutputRing(capacity: outputLimit), input: input)
        )
        for pipe in [output, error, input] where pipe >= 0 { _ = fcntl(pipe, F_SETFL, O_NONBLOCK) }
        watch()
    }

    /// Each handler holds the sources that it cancels, and libdispatch drops the handlers of a cancelled source: so
    /// everything lives exactly until the child has ended.
    ///
    /// No descriptor hangs up while libdispatch watches it: when one does (EPOLLHUP), libdispatch's manager thread may go
    /// on with what the source's own thread has freed already. So the child's ends of the pipes stay open here too, and
    /// the child is collected when its own descriptor is watched no more.
    private func watch() {
        let output = DispatchSource.makeReadSource(fileDescriptor: outputDescriptor, queue: Self.events)
        output.setEventHandler { [self] in drain(.output) }
        output.setCancelHandler { [outputDescriptor, childEnds] in
            close(outputDescriptor)
            close(childEnds.output)
        }
        let error = DispatchSource.makeReadSource(fileDescriptor: errorDescriptor, queue: Self.events)
        error.setEventHandler { [self] in drain(.error) }
        error.setCancelHandler { [errorDescriptor, childEnds] in
            close(errorDescriptor)
            close(childEnds.error)
        }
        let exit = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.events)
        exit.setEventHandler { exit.cancel() }
        exit.setCancelHandler { [self] in
            let status = collect() ?? .unknown
            drain(.output)
            drain(.error)
            output.cancel()
            error.cancel()
            finish(status)
            close(descriptor)
        }
        for source in [exit, output, error] { source.activate() }
    }

    var exitStatus: TerminationStatus? { state.withLock { $0.status } }

    func text(of stream: Stream) -> String {
        state.withLock { stream == .output ? $0.output.text : $0.error.text }
    }

    func send(_ signal: Int32) {
        // Under the lock, because the descriptor is closed some time after the status has been set.
        state.withLock { state in
            if state.status == nil { _ = busbar_child_signal(descriptor, signal) }
        }
    }

    func write(_ bytes: [UInt8]) -> Int32 {
        state.withLock { state in
            guard state.input >= 0 else { return EBADF }
            let count = bytes.withUnsafeBytes { Glibc.write(state.input, $0.baseAddress, $0.count) }
            if count < 0 { return errno }
            return count == bytes.count ? 0 : EAGAIN
        }
    }

    func closeInput() {
        state.withLock { state in
            if state.input >= 0 { close(state.input) }
            state.input = -1
        }
    }

    /// Waits for the condition, the end of the child, the limit, or cancellation, whatever comes first.
    func wait(for condition: Condition, within limit: Duration?, isCancellable: Bool = true) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isMet = state.withLock { state in
                    if Self.isMet(condition, state) || (isCancellable && Task.isCancelled) { return true }
                    state.waiters[id] = Waiter(condition: condition, continuation: continuation)
                    return false
                }
                if isMet {
                    continuation.resume()
                } else if let limit {
                    Self.events.asyncAfter(deadline: .now() + limit.dispatchInterval) { [weak self] in
                        self?.give(up: id)
                    }
                }
            }
        } onCancel: {
            if isCancellable { give(up: id) }
        }
    }

    private func give(up id: Int) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
    }

    private static func isMet(_ condition: Condition, _ state: State) -> Bool {
        if state.status != nil { return true }
        guard case .text(let text) = condition else { return false }
        return state.output.text.contains(text) || state.error.text.contains(text)
    }

    private func resumeWaiters() {
        let met = state.withLock { state in
            let met = state.waiters.filter { Self.isMet($0.value.condition, state) }
            for id in met.keys { state.waiters[id] = nil }
            return met.values.map(\.continuation)
        }
        for continuation in met { continuation.resume() }
    }

    private func drain(_ stream: Stream) {
        let pipe = stream == .output ? outputDescriptor : errorDescriptor
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
            // A child that writes without end must not keep the others' events waiting: the source fires again.
            for _ in 0..<16 {
                let count = read(pipe, buffer.baseAddress, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                let bytes = buffer[..<count]
                state.withLock { state in
                    if stream == .output { state.output.append(bytes) } else { state.error.append(bytes) }
                }
            }
        }
        resumeWaiters()
    }

    private func collect() -> TerminationStatus? {
        var code: Int32 = 0
        var wasSignal: Int32 = 0
        return switch busbar_child_collect(pid, descriptor, &code, &wasSignal) {
        case 0: nil
        case 1: wasSignal == 0 ? .exited(code) : .signalled(code)
        default: .unknown
        }
    }

    private func finish(_ status: TerminationStatus) {
        state.withLock { $0.status = status }
        closeInput()
        resumeWaiters()
    }
}

/// The last bytes of what a process wrote; what is older is forgotten.
struct OutputRing: Sendable {
    private var bytes: [UInt8] = []
    private let capacity: Int
    /// How many bytes were written in all.
    private(set) var total = 0

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    mutating func append(_ new: some Collection<UInt8>) {
        total &+= new.count
        bytes.append(contentsOf: new)
        // Cut only when twice the size is reached, so that many small writes do not move everything each time.
        if bytes.count > 2 * capacity { bytes.removeFirst(bytes.count - capacity) }
    }

    var text: String { String(decoding: bytes.suffix(capacity), as: UTF8.self) }
}
