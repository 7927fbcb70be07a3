import MQTTClient
import PDUSimulator
import Synchronization

/// When messages came, by topic.
final class Arrivals: Sendable {
    private struct State {
        var times: [String: Int64] = [:]
        var failures: [String] = []
        var waiter: (count: Int, suffix: String, continuation: CheckedContinuation<Void, Never>)?
        var counts: [String: Int] = [:]
    }

    private let state = Mutex(State())

    func note(_ message: IncomingMessage) {
        if message.topic.hasSuffix("/result"), let payload = message.payload,
            !String(decoding: payload, as: UTF8.self).contains("\"status\":\"done\"")
        {
            state.withLock { $0.failures.append(String(decoding: payload, as: UTF8.self)) }
        }
        note(message.topic, at: MonotonicTime.nanoseconds)
    }

    func note(_ topic: String, at time: Int64) {
        let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.times[topic] = time
            let kind = String(topic.split(separator: "/").last ?? "")
            state.counts[kind, default: 0] += 1
            state.counts[topic, default: 0] += 1
            guard let waiter = state.waiter, state.counts[waiter.suffix, default: 0] >= waiter.count else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        ready?.resume()
    }

    /// Waits until so many messages came on topics that end so, or on this topic.
    func wait(forCount count: Int, on suffix: String = "granted") async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                if state.counts[suffix, default: 0] >= count { return true }
                state.waiter = (count, suffix, continuation)
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    func forget() {
        state.withLock { state in
            state.times = [:]
            state.counts = [:]
            state.failures = []
        }
    }

    /// Forgets what came on one topic.
    func forget(_ topic: String) {
        state.withLock { state in
            state.times[topic] = nil
            state.counts[topic] = nil
        }
    }

    /// How many messages came on some topics.
    func count(of topics: [String]) -> Int {
        state.withLock { state in topics.reduce(0) { $0 + state.counts[$1, default: 0] } }
    }

    func time(of topic: String) -> Int64? { state.withLock { $0.times[topic] } }

    var failures: [String] { state.withLock { $0.failures } }
}
