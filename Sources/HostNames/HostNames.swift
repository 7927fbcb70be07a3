internal import Foundation
import Glibc
import Synchronization

/// Looks hosts' names up, without anybody waiting for anybody else's name.
///
/// A look-up blocks its thread, for half a minute and more where no name server answers. Here each name has a thread of
/// its own for as long as it is looked up, those who want the same name share it, and a look-up that nobody waits for any
/// more leaves the queue, or ends unheard where it has begun.
public final class HostNames: Sendable {
    /// Why there is no address.
    public struct Failure: Error, Sendable, Hashable {
        /// The resolver's number (`EAI_…`); 0 when the waiting task was cancelled.
        public let code: Int32
        /// The resolver's words.
        public let message: String
        /// Nobody waits for the answer any more.
        public var isCancellation: Bool { code == 0 }

        static let cancelled = Failure(code: 0, message: "the look-up was given up")
    }

    /// Ends the waiting for one look-up.
    public struct Ticket: Sendable, Hashable {
        fileprivate let host: String
        fileprivate let number: UInt64
    }

    /// The addresses of a host in the order in which the system would have them tried (RFC 6724), as numeric texts
    /// (`192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`).
    public typealias Answer = Result<[String], Failure>

    private struct LookUp {
        var waiting: [UInt64: @Sendable (Answer) -> Void] = [:]
        var hasBegun = false
    }

    private struct State {
        var lookUps: [String: LookUp] = [:]
        /// Names that wait for a thread, in order.
        var queue: [String] = []
        var running = 0
        var next: UInt64 = 0
    }

    /// For the whole process.
    public static let shared = HostNames()

    private let maximumThreads: Int
    private let resolve: @Sendable (String) -> Answer
    private let state = Mutex(State())

    /// - Parameters:
    ///   - maximumThreads: how many names are looked up at the same time; further ones wait.
    ///   - resolve: looks a name up, blocking; the system's resolver by default.
    init(
        maximumThreads: Int = 128,
        resolve: @escaping @Sendable (String) -> Answer = { HostNames.ask(system: $0) }
    ) {
        self.maximumThreads = maximumThreads
        self.resolve = resolve
    }

    /// The host itself, when it is an address and no name.
    public static func isNumeric(_ host: String) -> Bool {
        if case .success = ask(system: host, flags: AI_NUMERICHOST) { true } else { false }
    }

    /// How many look-ups are under way or wait to be.
    var count: Int { state.withLock { $0.lookUps.count } }

    /// How many wait for a name.
    func waiting(_ host: String) -> Int { state.withLock { $0.lookUps[host]?.waiting.count ?? 0 } }

    /// Looks a name up.
    ///
    /// - Parameter body: is called once, on some thread, unless the ticket is given back before.
    public func lookUp(_ host: String, _ body: @escaping @Sendable (Answer) -> Void) -> Ticket {
        let ticket = state.withLock { state in
            state.next += 1
            if state.lookUps[host] == nil { state.queue.append(host) }
            state.lookUps[host, default: LookUp()].waiting[state.next] = body
            return Ticket(host: host, number: state.next)
        }
        begin()
        return ticket
    }

    /// Nobody waits for it any more.
    public func giveBack(_ ticket: Ticket) {
        state.withLock { state in
            guard var lookUp = state.lookUps[ticket.host] else { return }
            lookUp.waiting[ticket.number] = nil
            if lookUp.waiting.isEmpty && !lookUp.hasBegun {
                state.lookUps[ticket.host] = nil
                state.queue.removeAll { $0 == ticket.host }
            } else {
                state.lookUps[ticket.host] = lookUp
            }
        }
    }

    /// Looks a name up; a cancelled task waits no longer.
    public func addresses(of host: String) async -> Answer {
        let once = Once()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                once.wait(continuation)
                if Task.isCancelled { return once.give(.failure(.cancelled)) }
                let ticket = lookUp(host) { once.give($0) }
                once.onGivenUp { self.giveBack(ticket) }
            }
        } onCancel: {
            once.give(.failure(.cancelled))
        }
    }

    /// The same, at most so long.
    public func addresses(of host: String, within limit: Duration) async -> Answer {
        await withTaskGroup(of: Answer.self) { group in
            group.addTask { await self.addresses(of: host) }
            group.addTask {
                try? await Task.sleep(for: limit)
                if Task.isCancelled { return .failure(.cancelled) }
                return .failure(Failure(code: EAI_AGAIN, message: "no name server answers in time"))
            }
            let first = await group.next() ?? .failure(.cancelled)
            group.cancelAll()
            return first
        }
    }

    private func begin() {
        let host: String? = state.withLock { state in
            guard state.running < maximumThreads, !state.queue.isEmpty else { return nil }
            let host = state.queue.removeFirst()
            state.running += 1
            state.lookUps[host]?.hasBegun = true
            return host
        }
        guard let host else { return }
        // A thread of its own: those of a pool are few, and this one may hang.
        OneThread.run { [self] in
            let answer = resolve(host)
            let waiting = state.withLock { state in
                state.running -= 1
                return state.lookUps.removeValue(forKey: host)?.waiting ?? [:]
            }
            for body in waiting.values { body(answer) }
            begin()
        }
    }

    /// The system's resolver, which blocks.
    static func ask(system host: String, flags: Int32 = AI_ADDRCONFIG) -> Answer {
        var hints = addrinfo()
        hints.ai_flags = flags
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { return .failure(Failure(code: code, message: String(cString: gai_strerror(code)))) }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard entry.ai_family == AF_INET || entry.ai_family == AF_INET6,
                getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if !found.contains(address) { found.append(address) }
        }
        return .success(found)
    }

    /// Whoever answers first resumes the waiting task.
    private final class Once: Sendable {
        private struct State {
            var continuation: CheckedContinuation<Answer, Never>?
            var isGiven = false
            var cleanUp: (@Sendable () -> Void)?
        }

        private let state = Mutex(State())

        func wait(_ continuation: CheckedContinuation<Answer, Never>) {
            let isGiven = state.withLock { state in
                if !state.isGiven { state.continuation = continuation }
                return state.isGiven
            }
            if isGiven { continuation.resume(returning: .failure(.cancelled)) }
        }

        func onGivenUp(_ cleanUp: @escaping @Sendable () -> Void) {
            let isGiven = state.withLock { state in
                if !state.isGiven { state.cleanUp = cleanUp }
                return state.isGiven
            }
            if isGiven { cleanUp() }
        }

        func give(_ answer: Answer) {
            let (continuation, cleanUp) = state.withLock { state in
                defer { state = State(isGiven: true) }
                return (state.continuation, state.cleanUp)
            }
            continuation?.resume(returning: answer)
            cleanUp?()
        }
    }
}

/// A thread for one piece of work that may block for long.
public enum OneThread {
    /// Runs some work on a thread of its own: those of a pool are few, and this work may hang.
    public static func run(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread { body() }
        thread.stackSize = 256 << 10
        thread.start()
    }
}
