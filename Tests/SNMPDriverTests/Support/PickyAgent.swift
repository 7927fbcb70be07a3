import Power
import SNMPClient
import Synchronization
import TestSupport

@testable import SNMPDriver

/// A PDU of 24 outlets at a UDP port, with a limit that it does not tell.
final class PickyAgent: Sendable {
    /// What it does not answer.
    enum Habit: Sendable {
        /// What comes within so long after the last datagram that it received or sent.
        case deaf(Duration)
        /// Requests for more objects, or rows of a GETBULK.
        case objects(Int)
        /// Requests of more octets.
        case octets(Int)
        /// The first time that it is asked something: its answer comes after the second.
        case late
        case takesAll
    }

    fileprivate struct State {
        var isAlive: Bool
        var last: ContinuousClock.Instant?
        var counts: [Int] = []
        var silent = 0
        var lastAsked: [UInt8] = []
    }

    let agent: PlayedAgent
    private let state: Shared

    /// What the closure of the agent and its owner share.
    private final class Shared: Sendable {
        let value: Mutex<State>
        init(isAlive: Bool) { value = Mutex(State(isAlive: isAlive)) }
    }

    init(_ habit: Habit, isAlive: Bool = true, outlets: Int = 24) throws {
        let shared = Shared(isAlive: isAlive)
        state = shared
        agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            let isAnswered = shared.value.withLock { $0.takes(datagram, request, habit) }
            guard isAnswered else { return [] }
            defer { shared.value.withLock { $0.last = .now } }
            return [PlayedAgent.Reply(bytes: request.response(Self.values(of: request, outlets)))]
        }
    }

    var isAlive: Bool {
        get { state.value.withLock { $0.isAlive } }
        set { state.value.withLock { $0.isAlive = newValue } }
    }

    /// The objects or rows of the requests since the last call, and how many of them were not answered.
    func takeRequests() -> (counts: [Int], silent: Int) {
        state.value.withLock { state in
            defer { (state.counts, state.silent) = ([], 0) }
            return (state.counts, state.silent)
        }
    }

    private static func values(of request: AgentRequest, _ outlets: Int) -> [(OID, Int32)] {
        let column = oid("1.3.6.1.4.1.9.3")
        guard request.command == 0xA5 else {
            return request.objects.map { ($0, $0 == oid("1.3.6.1.4.1.9.1.0") ? Int32(outlets) : 1) }
        }
        guard let start = request.objects.first else { return [] }
        let rows = (1...UInt32(outlets)).map { column.appending($0) } + [oid("1.3.6.1.4.1.9.4.1")]
        return rows.filter { $0 > start }.prefix(request.repetitions).map { ($0, 1) }
    }

    /// A driver of it with short tries.
    func driver(
        _ model: PDUModel,
        _ engine: SNMPEngine,
        outlets: Set<Int> = [],
        timeout: Duration = .milliseconds(150),
        retries: Int = 2
    ) -> SNMPDriver {
        SNMPDriver(
            settings: SNMPDriverSettings(
                name: "rack1",
                target: SNMPTarget(
                    host: "127.0.0.1",
                    port: agent.port,
                    credentials: .v2c(community: "public"),
                    timeout: timeout,
                    retries: retries
                ),
                model: .known(model),
                outlets: Set(outlets.compactMap { OutletNumber($0) })
            ),
            engine: engine,
            logger: quietLogger
        )
    }
}

extension PickyAgent.State {
    /// Notes a request; true when it is to be answered.
    fileprivate mutating func takes(_ datagram: [UInt8], _ request: AgentRequest, _ habit: PickyAgent.Habit) -> Bool {
        let count = request.command == 0xA5 ? request.repetitions : request.objects.count
        counts.append(count)
        let before = last
        last = .now
        var isAnswered = isAlive
        switch habit {
        case .takesAll: break
        case .deaf(let pause): if let before, before.duration(to: .now) < pause { isAnswered = false }
        case .objects(let limit): if count > limit { isAnswered = false }
        case .octets(let limit): if datagram.count > limit { isAnswered = false }
        case .late:
            if lastAsked != datagram { isAnswered = false }
            lastAsked = datagram
        }
        if !isAnswered { silent += 1 }
        return isAnswered
    }
}
