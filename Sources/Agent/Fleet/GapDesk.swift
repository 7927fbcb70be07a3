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

    struct Held {
        let delivery: Delivery
        let outlet: OutletLevel?
        /// What the command is, where it can be read.
        let id: String?
        let action: Action?
        let arrivedAt: Moment
        let arrivedTime: Date
    }

    private struct State {
        var next: Set<String> = []
        var held: [String: Deque<Held>] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// Takes over which PDUs this agent is next for.
    func adopt(_ next: Set<String>) {
        state.withLock { state in
            state.next = next
            for (pdu, held) in state.held where !next.contains(pdu) {
                state.count -= held.count
                state.held[pdu] = nil
            }
        }
    }

    /// Holds a command for a PDU.
    ///
    /// - Returns: whether this agent is next for it.
    func hold(_ delivery: Delivery, pdu: String, outlet: OutletLevel?, at now: Now) -> Bool {
        guard state.withLock({ $0.next.contains(pdu) }) else { return false }
        let id: String?
        var action: Action?
        do throws(BadPayload) {
            guard !delivery.isRetained, delivery.size <= CommandPayload.maximumSize,
                case .command(let command) = try CommandPayload.read(delivery.payload)
            else { return true }
            id = command.id
            action = command.action
        } catch {
            id = error.id
        }
        let held = Held(
            delivery: delivery,
            outlet: outlet,
            id: id,
            action: action,
            arrivedAt: now.moment,
            arrivedTime: now.wallTime
        )
        state.withLock { state in
            prune(pdu, at: now.moment, &state)
            guard state.count < Self.total else { return }
            state.held[pdu, default: []].append(held)
            state.count += 1
            guard state.held[pdu, default: []].count > Self.capacity else { return }
            state.held[pdu]?.removeFirst()
            state.count -= 1
        }
        return true
    }

    /// Somebody has answered a command: the oldest one that it can be.
    func saw(_ result: CommandResult, at now: Moment) {
        state.withLock { state in
            prune(result.pdu, at: now, &state)
            let place = state.held[result.pdu]?.firstIndex { held in
                held.outlet == result.outlet && held.id == result.id
                    && (held.id != nil || held.action == result.action)
            }
            guard let place else { return }
            state.held[result.pdu]?.remove(at: place)
            state.count -= 1
        }
    }

    /// Gives away what is held for a PDU, in the order of its arrival.
    func take(_ pdu: String, at now: Moment) -> [Held] {
        state.withLock { state in
            prune(pdu, at: now, &state)
            let held = state.held.removeValue(forKey: pdu) ?? []
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
        var known: [OutletLevel: Set<String>] = [:]
        for entry in contents.entries {
            if let id = entry.command.id { known[.number(entry.outlet.outlet), default: []].insert(id) }
        }
        for answer in contents.answers { known[.number(answer.outlet.outlet), default: []].insert(answer.id) }
        // The last plain command of each outlet that the last owner may have carried out: those before it are done.
        var first: [OutletNumber: Int] = [:]
        for (place, one) in held.enumerated() {
            guard case .number(let number)? = one.outlet, one.id == nil, let note = notes[number],
                one.action?.rawValue == note.action, isPerhapsDone(one, by: note)
            else { continue }
            first[number] = place
        }
        return held.enumerated()
            .filter { place, one in
                guard case .number(let number)? = one.outlet else { return true }
                if let id = one.id { return known[.number(number)]?.contains(id) != true }
                if let first = first[number], place < first { return false }
                guard let action = one.action, action.plainState == nil else { return true }
                return notes[number].map { !isPerhapsDone(one, by: $0) } ?? true
            }
            .map(\.element)
    }

    private static func isPerhapsDone(_ held: Held, by note: WriteNote) -> Bool {
        note.time.timeIntervalSince(held.arrivedTime) >= -clockDifference
    }
}
