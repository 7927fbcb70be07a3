import Power
import Synchronization

/// Knows what each load is, by what its feeds were read as, and has it published when that changes.
final class LoadBoard: Sendable {
    private struct Load {
        var rules: LoadRules
        var state: LoadState?
        var isOnline: Bool?
    }

    private struct State {
        var loads: [String: Load] = [:]
        /// The load that an outlet feeds; an outlet feeds one at most.
        var fed: [OutletID: String] = [:]
        var fedByPDU: [PDUName: [String]] = [:]
        /// The loads that stand on one, in the order of their names.
        var dependents: [String: [String]] = [:]
        var outlets: [OutletID: PowerState] = [:]
        var online: [PDUName: Bool] = [:]
    }

    private let topics: TopicMap
    private let send: @Sendable (Publication) -> Void
    private let tell: @Sendable (AgentEvent) -> Void
    private let state = Mutex(State())

    /// A board without loads.
    ///
    /// - Parameters:
    ///   - tell: tells everybody else who watches; must not wait.
    ///   - send: hands a publication to the broker's client; must not wait.
    init(
        topics: TopicMap,
        tell: @escaping @Sendable (AgentEvent) -> Void,
        send: @escaping @Sendable (Publication) -> Void
    ) {
        self.topics = topics
        self.tell = tell
        self.send = send
    }

    // MARK: - What comes in

    /// Takes over which loads there are. What is retained of those that are no more is cleared.
    ///
    /// - Returns: the PDUs whose outlets have to be told again, because a load is new or has other feeds.
    func adopt(_ rules: [String: LoadRules]) -> Set<PDUName> {
        state.withLock { state in
            for (name, load) in state.loads where rules[name] == nil { clear(name, load) }
            let before = state.loads
            var new: Set<PDUName> = []
            state.loads = [:]
            state.fed = [:]
            state.dependents = [:]
            var byPDU: [PDUName: Set<String>] = [:]
            for (name, rules) in rules.sorted(by: { $0.key < $1.key }) {
                for other in Set(rules.requires) { state.dependents[other, default: []].append(name) }
                var load = Load(rules: rules)
                if let known = before[name], known.rules.feeds == rules.feeds {
                    load.state = known.state
                    load.isOnline = known.isOnline
                } else {
                    new.formUnion(rules.feeds.map(\.pdu))
                    if let known = before[name] { clear(name, known) }
                }
                state.loads[name] = load
                for feed in rules.feeds {
                    state.fed[feed] = name
                    byPDU[feed.pdu, default: []].insert(name)
                }
            }
            state.fedByPDU = byPDU.mapValues { $0.sorted() }
            state.outlets = state.outlets.filter { state.fed[$0.key] != nil }
            state.online = state.online.filter { byPDU[$0.key] != nil }
            return new
        }
    }

    /// An outlet was read, or is published again; so is the load that it feeds.
    func note(_ newState: PowerState, of outlet: OutletID) {
        state.withLock { state in
            guard let name = state.fed[outlet], let load = state.loads[name] else { return }
            let isAgain = state.outlets.updateValue(newState, forKey: outlet) == newState
            let whole = LoadState(load.rules.feeds.map { state.outlets[$0] })
            guard let whole, isAgain || whole != load.state else { return }
            state.loads[name]?.state = whole
            publish(topics.state(load: name), whole.rawValue)
            if whole != load.state { tell(.loadState(name, whole)) }
        }
    }

    /// The device does not have the outlet any more.
    func forget(_ outlet: OutletID) {
        state.withLock { state in
            guard let name = state.fed[outlet] else { return }
            state.outlets[outlet] = nil
            guard let load = state.loads[name], load.state != nil else { return }
            state.loads[name]?.state = nil
            publish(topics.state(load: name), "")
        }
    }

    /// Another agent of the fleet owns the PDU now, and publishes what its feeds are: nothing is known of them here.
    func disown(_ pdu: PDUName) {
        state.withLock { state in
            state.outlets = state.outlets.filter { $0.key.pdu != pdu }
            state.online[pdu] = nil
            for name in state.fedByPDU[pdu] ?? [] {
                state.loads[name]?.state = nil
                state.loads[name]?.isOnline = nil
            }
        }
    }

    /// Whether a PDU can be read is published, for the first time or again.
    func note(isOnline: Bool, _ pdu: PDUName) {
        state.withLock { state in
            guard let names = state.fedByPDU[pdu] else { return }
            let isAgain = state.online.updateValue(isOnline, forKey: pdu) == isOnline
            for name in names {
                guard let load = state.loads[name] else { continue }
                let known = load.rules.feeds.map { state.online[$0.pdu] }
                let whole = known.contains(false) ? false : known.contains(nil) ? nil : true
                guard let whole, isAgain || whole != load.isOnline else { continue }
                state.loads[name]?.isOnline = whole
                publish(topics.availability(load: name), whole ? "online" : "offline")
                if whole != load.isOnline { tell(.loadAvailability(name, isOnline: whole)) }
            }
        }
    }

    /// Clears what an earlier run has published of a load that is not configured any more.
    func clearRetained(_ name: String) {
        publish(topics.state(load: name), "")
        publish(topics.availability(load: name), "")
    }

    private func clear(_ name: String, _ load: Load) {
        if load.state != nil { publish(topics.state(load: name), "") }
        if load.isOnline != nil { publish(topics.availability(load: name), "") }
    }

    private func publish(_ topic: String, _ word: String) {
        send(Publication(topic: topic, payload: Array(word.utf8), importance: .retained))
    }

    // MARK: - What is asked

    /// What a load is; nothing while one of its feeds was not read.
    subscript(load: String) -> LoadState? { state.withLock { $0.loads[load]?.state } }

    /// Every load, in the order of their names.
    var all: [LoadSnapshot] {
        state.withLock(\.loads).sorted { $0.key < $1.key }.map { name, load in
            LoadSnapshot(name: name, rules: load.rules, state: load.state, isOnline: load.isOnline)
        }
    }

    /// The loads that stand on one and are not off, or not known to be, in the order of their names.
    func dependents(of name: String) -> [String] {
        state.withLock { state in
            state.dependents[name]?.filter { state.loads[$0]?.state != .off } ?? []
        }
    }

    /// Why another load forbids that this one is switched to the target.
    func refusal(of command: Command, on name: String, target: PowerState) -> Outcome? {
        guard !command.force else { return nil }
        if target == .on || command.action == .cycle, let missing = missing(for: name) {
            let words = "\(name) requires \(missing.name), which is \(missing.state?.rawValue ?? "not known yet")"
            return .rejected(.requires, "\(words); switch it on first, or send the command with \"force\": true")
        }
        guard target == .off else { return nil }
        let dependents = dependents(of: name)
        guard let first = dependents.first else { return nil }
        let others = dependents.count > 1 ? " and \(dependents.count - 1) more" : ""
        let way = command.action == .off ? "with \"with_dependents\" or \"force\": true" : "with \"force\": true"
        let words = "\(first)\(others) requires \(name) and is \(self[first]?.rawValue ?? "not known yet")"
        return .rejected(.requires, "\(words); switch it off first, or send the command \(way)")
    }

    private func missing(for name: String) -> (name: String, state: LoadState?)? {
        state.withLock { state in
            for other in state.loads[name]?.rules.requires ?? [] {
                guard let load = state.loads[other] else { continue }
                if load.state == nil || load.state == .off { return (other, load.state) }
            }
            return nil
        }
    }
}
