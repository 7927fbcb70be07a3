public import Agent
import Foundation
import Power
import Synchronization

/// Follows what happens in the agent, for the page, the events and the metrics.
public final class AgentWatch: AgentObserver {
    private struct State {
        var commands = CommandStatistics()
        var changes: [OutletID: LastChange] = [:]
        /// Since when each PDU answers, or does not.
        var since: [PDUName: Date] = [:]

        /// Notes a change that was seen, unless there are too many: at a broker anybody may say anything.
        mutating func note(_ change: LastChange, of outlet: OutletID) {
            guard changes[outlet] != nil || changes.count < AgentWatch.maximumFollowed else { return }
            changes[outlet] = change
        }

        /// Notes whose command it was that changed an outlet.
        mutating func note(_ by: String?, _ user: String?, changed outlet: OutletID, since time: Date) {
            guard let change = changes[outlet], change.isOwn != false, change.by == nil, change.at >= time else {
                return
            }
            changes[outlet]?.isOwn = true
            changes[outlet]?.by = by
            changes[outlet]?.user = user
        }
    }

    /// Of how many outlets, and of how many PDUs, the last change is kept.
    private static let maximumFollowed = 500_000

    let events = EventHub()
    private let state = Mutex(State())
    private let history: Mutex<PowerHistory>
    /// The same of what agents elsewhere have, so that they take no room from this one's own.
    private let historyElsewhere: Mutex<PowerHistory>
    /// Whether anybody may look; where nobody may, nothing is followed and nothing is kept.
    private let isFollowing: Atomic<Bool>
    private let wrong = Atomic(0)
    private let seconds: @Sendable () -> Int

    /// A watch to which nothing has happened yet.
    ///
    /// - Parameters:
    ///   - history: how much to remember of what outlets and PDUs draw; nothing where nobody may look yet.
    ///   - timekeeper: tells the time for it.
    public init(
        history: HistoryLimits? = nil,
        timekeeper: any Timekeeper = SystemTimekeeper()
    ) {
        isFollowing = Atomic(history != nil)
        self.history = Mutex(PowerHistory(history ?? .nothing))
        historyElsewhere = Mutex(PowerHistory(history ?? .nothing))
        let start = timekeeper.now
        seconds = { Int((timekeeper.now - start).inSeconds) }
    }

    /// How much is remembered of what was drawn.
    var limits: HistoryLimits { history.withLock(\.limits) }

    /// Takes over changed limits: what was drawn before is forgotten.
    ///
    /// - Parameter limits: nothing where nobody may look any more.
    public func adopt(_ limits: HistoryLimits?) {
        isFollowing.store(limits != nil, ordering: .relaxed)
        if limits == nil { state.withLock { $0 = State() } }
        guard self.limits != limits ?? .nothing else { return }
        history.withLock { $0 = PowerHistory(limits ?? .nothing) }
        historyElsewhere.withLock { $0 = PowerHistory(limits ?? .nothing) }
    }

    /// Takes an event.
    public func observe(_ event: AgentEvent) {
        guard isFollowing.load(ordering: .relaxed) else { return }
        let now = Date()
        switch event {
        case .state(let outlet, _, let previous, let isOwn):
            // What is read first is no change.
            if previous != nil { state.withLock { $0.note(LastChange(at: now, isOwn: isOwn), of: outlet) } }
        case .result(let result, let ticket):
            state.withLock { state in
                state.commands.add(result)
                guard result.status == .done else { return }
                state.note(result.by, result.user, changed: ticket.outlet, since: result.receivedAt)
            }
        case .refused(let result): state.withLock { $0.commands.add(result) }
        case .refusedGroup(let result): state.withLock { $0.commands.add(result) }
        case .reading(let pdu, let reading):
            let seconds = seconds()
            history.withLock { $0.take(reading, of: pdu, at: seconds) }
        case .loadResult(let result, _, _):
            state.withLock { state in
                state.commands.add(result)
                for feed in result.feeds where feed.status == .done {
                    guard let outlet = feed.outletID else { continue }
                    state.note(result.by, result.user, changed: outlet, since: result.receivedAt)
                }
            }
        case .availability(let pdu, _, _):
            state.withLock { state in
                guard state.since[pdu] != nil || state.since.count < Self.maximumFollowed else { return }
                state.since[pdu] = now
            }
        case .groupResult, .loadState, .loadAvailability, .denied, .configured: break
        case .described: return
        }
        events.publish(.agent(event), at: now)
    }

    /// Takes what an agent elsewhere says of an outlet: who did it is known when the command is answered, if it was one.
    func see(_ outlet: OutletID, _ state: PowerState, previous: PowerState?) {
        let now = Date()
        if previous != nil { self.state.withLock { $0.note(LastChange(at: now, isOwn: nil), of: outlet) } }
        events.publish(.seen(outlet, state, previous: previous), at: now)
    }

    /// Takes what an agent elsewhere says that a PDU measures.
    func hear(_ reading: DeviceReading, of pdu: PDUName) {
        let seconds = seconds()
        historyElsewhere.withLock { $0.take(reading, of: pdu, at: seconds) }
        events.publish(.agent(.reading(pdu, reading)), at: Date())
    }

    /// Takes an answer of an agent elsewhere.
    func hear(_ answer: CommandAnswer) {
        let now = Date()
        state.withLock { state in
            // By this clock, and not by that of the agent's host; the answer comes right after the state.
            func note(_ by: String?, _ user: String?, _ outlet: OutletID?, _ begun: Date, _ ended: Date) {
                guard let outlet else { return }
                let time = now.addingTimeInterval(begun.timeIntervalSince(ended) - 1)
                state.note(by, user, changed: outlet, since: time)
            }
            switch answer {
            case .outlet(let result):
                guard result.status == .done, result.plan == nil else { return }
                let outlet = OutletID("\(result.pdu)/\(result.outlet.topicLevel)")
                note(result.by, result.user, outlet, result.receivedAt, result.finishedAt)
            case .load(let result):
                guard result.plan == nil else { return }
                for feed in result.feeds where feed.status == .done {
                    let outlet = feed.outletID
                    note(result.by, result.user, outlet, result.receivedAt, result.finishedAt)
                }
            // Each of its outlets has had its own.
            case .group: return
            }
        }
        events.publish(.answered(answer), at: now)
    }

    var commands: CommandStatistics { state.withLock(\.commands) }

    /// How often wrong credentials were shown.
    var wrongCredentials: Int { wrong.load(ordering: .relaxed) }

    func addWrongCredentials() { wrong.add(1, ordering: .relaxed) }

    var changes: [OutletID: LastChange] { state.withLock(\.changes) }

    /// Since when each PDU answers, or does not, as far as that was seen.
    var since: [PDUName: Date] { state.withLock(\.since) }

    /// What a PDU or one of its outlets drew, and how long ago the first of it began; nothing when nothing is known.
    func curve(of pdu: PDUName, _ outlet: OutletNumber?) -> (curve: PowerCurve, age: Int)? {
        let seconds = seconds()
        let curve =
            history.withLock { $0.curve(of: pdu, outlet, at: seconds) }
            ?? historyElsewhere.withLock { $0.curve(of: pdu, outlet, at: seconds) }
        return curve.map { ($0, seconds - $0.start) }
    }
}
