import DequeModule
public import Foundation
import Power
import Synchronization

/// Holds the commands for PDUs that this agent is next in line for, so that none is lost while a PDU has no owner.
///
/// As long as the owner answers, each held command is dropped with its result. What is still held when this agent becomes
/// the owner was not answered by anybody. All of it is bounded, and nothing is kept for longer than a command may wait.
final class GapDesk: Sendable {
    /// How many commands are held for one PDU; beyond that the oldest is dropped.
    static let capacity = 256
    /// How many commands are held in all.
    static let total = 20_000
    /// How long a command is held.
    static let patience = Duration.seconds(60)
    /// How much later the owner's clock may be than this agent's, when an intent is compared with an arrival.
    static let clockDifference = 2.0

    /// Whom a held command is for.
    enum Target: Hashable {
        case outlet(OutletLevel)
        case group(String)
        case load(String)
    }

    struct Held {
        let delivery: Delivery
        let target: Target
        /// What the command is, where it can be read. The id of one that cannot may be known all the same.
        let command: Command?
        let id: String?
        let arrivedAt: Moment
        let arrivedTime: Date
        /// Whether one that came later for the same target has been carried out, so that this one comes too late.
        var isOvertaken = false

        var action: Action? { command?.action }
    }

    private struct State {
        var next: Set<String> = []
        var held: [String: Deque<Held>] = [:]
        var count = 0
        /// The PDUs that this agent owns and for which it still has commands to carry out that came before.
        var catchingUp: Set<String> = []
    }

    private let state = Mutex(State())

    /// This agent is next for these PDUs too.
    func adopt(_ pdus: some Sequence<String>) {
        state.withLock { $0.next.formUnion(pdus) }
    }

    /// This agent is not next for these PDUs any more.
    func release(_ pdus: some Sequence<String>) {
        state.withLock { state in
            for pdu in pdus {
                state.next.remove(pdu)
                if let held = state.held.removeValue(forKey: pdu) { state.count -= held.count }
            }
        }
    }

    /// For which PDUs something is held.
    var holding: Set<PDUName> { state.withLock { Set($0.held.keys.compactMap { PDUName($0) }) } }

    /// Holds a command for a PDU, or for a group or a load that the PDU's owner leads.
    ///
    /// - Returns: whether this agent is next for it.
    func hold(_ delivery: Delivery, pdu: String, _ target: Target, at now: Now) -> Bool {
        guard state.withLock({ $0.next.contains(pdu) }) else { return false }
        guard let held = Self.held(delivery, target, at: now) else { return true }
        state.withLock { add(held, for: pdu, at: now.moment, &$0) }
        return true
    }

    /// Holds a command for a PDU of this agent's, where commands that came before are still to be carried out.
    ///
    /// - Returns: whether it is held.
    func holdBehind(_ delivery: Delivery, pdu: String, _ target: Target, at now: Now) -> Bool {
        guard state.withLock({ $0.catchingUp.contains(pdu) }), let held = Self.held(delivery, target, at: now) else {
            return false
        }
        return state.withLock { state in
            guard state.catchingUp.contains(pdu) else { return false }
            add(held, for: pdu, at: now.moment, &state)
            return true
        }
    }

    /// A command with what is to be known of it; nothing for what is no command.
    private static func held(_ delivery: Delivery, _ target: Target, at now: Now) -> Held? {
        let id: String?
        var command: Command?
        do throws(BadPayload) {
            guard !delivery.isRetained, delivery.size <= CommandPayload.maximumSize,
                case .command(let read) = try CommandPayload.read(delivery.payload, isForLoad: target.isLoad)
            else { return nil }
            command = read
            id = read.id
        } catch {
            id = error.id
        }
        return Held(
            delivery: delivery,
            target: target,
            command: command,
            id: id,
            arrivedAt: now.moment,
            arrivedTime: now.wallTime
        )
    }

    private func add(_ held: Held, for pdu: String, at now: Moment, _ state: inout State) {
        prune(pdu, at: now, &state)
        guard state.count < Self.total else { return }
        state.held[pdu, default: []].append(held)
        state.count += 1
        guard state.held[pdu, default: []].count > Self.capacity else { return }
        state.held[pdu]?.removeFirst()
        state.count -= 1
    }

    /// Somebody has answered a command: the oldest one that it can be.
    func saw(_ result: CommandResult, at now: Moment) {
        saw(
            .outlet(result.outlet),
            of: result.pdu,
            id: result.id,
            result.action,
            wasBegun: result.plan == nil && result.status.saysBegun,
            at: now
        )
    }

    /// Somebody has answered a command: the oldest one that it can be.
    ///
    /// - Parameters:
    ///   - pdu: the PDU whose owner has it.
    ///   - wasBegun: whether it was carried out, and not only refused: what came before it for the same target and has no
    ///     answer must not be carried out after it.
    func saw(_ target: Target, of pdu: String, id: String?, _ action: Action?, wasBegun: Bool, at now: Moment) {
        state.withLock { state in
            prune(pdu, at: now, &state)
            let place = state.held[pdu]?.firstIndex { held in
                held.target == target && held.id == id && (held.id != nil || held.action == action)
            }
            guard let place else { return }
            state.held[pdu]?.remove(at: place)
            state.count -= 1
            guard wasBegun, var held = state.held[pdu] else { return }
            for earlier in held.indices.prefix(place) where held[earlier].target == target {
                held[earlier].isOvertaken = true
            }
            state.held[pdu] = held
        }
    }

    /// From now on what comes for a PDU is held, although this agent has its lane: until `catchUp` has given away what came
    /// before.
    func beginCatchingUp(_ pdu: String) { state.withLock { _ = $0.catchingUp.insert(pdu) } }

    /// Nothing more is held behind what came before.
    func endCatchingUp(_ pdu: String) { state.withLock { _ = $0.catchingUp.remove(pdu) } }

    /// What is held for a PDU and was not answered yet, in the order of its arrival, where an id tells whether its owner has it.
    func unanswered(_ pdu: String, at now: Moment) -> [Held] {
        state.withLock { state in
            prune(pdu, at: now, &state)
            return (state.held[pdu] ?? []).filter { $0.command?.id != nil }
        }
    }

    /// Gives away what is held for a PDU, in the order of its arrival; nothing when it was all given away. What comes from
    /// then on goes to the lane.
    func catchUp(_ pdu: String, at now: Moment) -> [Held]? {
        state.withLock { state in
            prune(pdu, at: now, &state)
            guard let held = state.held.removeValue(forKey: pdu) else {
                state.catchingUp.remove(pdu)
                return nil
            }
            state.count -= held.count
            return Array(held)
        }
    }

    private func prune(_ pdu: String, at now: Moment, _ state: inout State) {
        while let first = state.held[pdu]?.first, first.arrivedAt + Self.patience <= now {
            state.held[pdu]?.removeFirst()
            state.count -= 1
        }
        if state.held[pdu]?.isEmpty == true { state.held[pdu] = nil }
    }
}

/// What an agent that owns a PDU knows of a command that another one has held.
enum HeldStanding {
    /// Nothing: it is carried out.
    case new
    /// It waits, runs, or was answered.
    case known
    /// Something that came later for the same outlet has its turn already, and this comes too late.
    case late
}

/// What the last owner of a PDU noted about an outlet right before it wrote to it.
public struct WriteNote: Sendable, Codable, Equatable {
    /// `ON`, `OFF` or `CYCLE`.
    public var action: String
    /// When, by the owner's wall clock.
    public var time: Date

    /// A note.
    public init(action: String, time: Date) {
        self.action = action
        self.time = time
    }
}

extension GapDesk {
    /// Those of the held commands that the new owner has to carry out. A command with an id that the journal knows was taken
    /// by the last owner, and the journal answers for it. One without an id may have been carried out although its answer
    /// was not seen: what would do something twice is left out.
    static func due(_ held: [Held], _ contents: JournalContents, _ notes: [OutletNumber: WriteNote]) -> [Held] {
        let known = names(in: contents)
        var handedOn = contents.entries.filter { $0.stage == .waiting && $0.command.id == nil }
        // What the last owner had taken and not begun is in the journal, and begun from there.
        let held = held.filter { one in
            let place = handedOn.firstIndex { entry in
                one.target == .outlet(.number(entry.outlet.outlet)) && one.id == nil
                    && entry.command.action == one.action
                    && abs(entry.receivedTime.timeIntervalSince(one.arrivedTime)) <= clockDifference
            }
            if let place { handedOn.remove(at: place) }
            return place == nil
        }
        // The last plain command of each outlet that the last owner may have carried out: those before it are done.
        var first: [OutletNumber: Int] = [:]
        for (place, one) in held.enumerated() {
            guard case .outlet(.number(let number)) = one.target, one.id == nil, let note = notes[number],
                one.action?.rawValue == note.action, isPerhapsDone(one, by: note)
            else { continue }
            first[number] = place
        }
        return held.enumerated()
            .filter { place, one in
                if let id = one.id { return known[one.target]?.contains(id) != true }
                if case .load(let load) = one.target { return !isInJournal(one, of: load, contents) }
                guard case .outlet(.number(let number)) = one.target else {
                    // Of several outlets it is not known which ones it has switched.
                    guard one.action?.plainState == nil else { return true }
                    return !notes.values.contains { isPerhapsDone(one, by: $0) }
                }
                if let first = first[number], place < first { return false }
                guard let action = one.action, action.plainState == nil else { return true }
                return notes[number].map { !isPerhapsDone(one, by: $0) } ?? true
            }
            .map(\.element)
    }

    /// The targets and ids of the commands that the journal knows.
    private static func names(in contents: JournalContents) -> [Target: Set<String>] {
        var names: [Target: Set<String>] = [:]
        func add(_ target: Target, _ id: String?) {
            if let id { names[target, default: []].insert(id) }
        }
        for entry in contents.entries { add(.outlet(.number(entry.outlet.outlet)), entry.command.id) }
        for answer in contents.answers { add(.outlet(.number(answer.outlet.outlet)), answer.id) }
        for entry in contents.loads { add(.load(entry.load), entry.command.id) }
        for answer in contents.loadAnswers { add(.load(answer.load), answer.id) }
        for entry in contents.groups {
            switch entry.target {
            case .group(let name): add(.group(name), entry.command.id)
            case .pdu: add(.outlet(.all), entry.command.id)
            }
        }
        return names
    }

    /// Whether a load's command without an id is, as far as one can tell, the one that the last owner has begun.
    private static func isInJournal(_ held: Held, of load: String, _ contents: JournalContents) -> Bool {
        contents.loads.contains { entry in
            entry.load == load && entry.command.id == nil && entry.command.action == held.action
                && abs(entry.receivedTime.timeIntervalSince(held.arrivedTime)) <= clockDifference
        }
    }

    private static func isPerhapsDone(_ held: Held, by note: WriteNote) -> Bool {
        note.time.timeIntervalSince(held.arrivedTime) >= -clockDifference
    }
}

extension GapDesk.Target {
    fileprivate var isLoad: Bool { if case .load = self { true } else { false } }
}

extension Outcome.Status {
    /// Whether a command that ended so was begun.
    var saysBegun: Bool {
        switch self {
        case .done, .failed, .unknown: true
        case .rejected, .expired, .superseded: false
        }
    }
}
