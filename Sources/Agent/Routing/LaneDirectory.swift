import Power
import Synchronization

/// The lanes by PDU, for everybody who has a command for one of them.
public final class LaneDirectory: Sendable {
    private struct State {
        var lanes: [String: PDULane]
        /// Lanes that take no commands any more, and finish what they have begun before another agent has their PDUs.
        var leaving: [String: PDULane] = [:]
    }

    private let state: Mutex<State>

    /// A directory of these lanes.
    public init(_ lanes: [PDULane] = []) {
        state = Mutex(State(lanes: Dictionary(lanes.map { ($0.pdu.rawValue, $0) }) { first, _ in first }))
    }

    /// The lane of a PDU, by its name as it came.
    public subscript(pdu: String) -> PDULane? {
        state.withLock { $0.lanes[pdu] }
    }

    /// How many lanes there are.
    var count: Int { state.withLock(\.lanes.count) }

    /// Every lane.
    public var all: [PDULane] {
        state.withLock { Array($0.lanes.values) }
    }

    func add(_ lane: PDULane) {
        state.withLock { $0.lanes[lane.pdu.rawValue] = lane }
    }

    func remove(_ pdu: PDUName) -> PDULane? {
        state.withLock { $0.lanes.removeValue(forKey: pdu.rawValue) }
    }

    /// The lanes that take no commands any more.
    var leaving: [PDULane] { state.withLock { Array($0.leaving.values) } }

    /// The lane of a PDU, also when it takes no commands any more.
    func working(_ pdu: PDUName) -> PDULane? {
        state.withLock { $0.lanes[pdu.rawValue] ?? $0.leaving[pdu.rawValue] }
    }

    /// Has a lane take no commands any more.
    func leave(_ pdu: PDUName) {
        state.withLock { $0.leaving[pdu.rawValue] = $0.lanes.removeValue(forKey: pdu.rawValue) }
    }

    /// Takes a lane out, whether it takes commands or not.
    func take(_ pdu: PDUName) -> PDULane? {
        state.withLock { state in
            let leaving = state.leaving.removeValue(forKey: pdu.rawValue)
            return state.lanes.removeValue(forKey: pdu.rawValue) ?? leaving
        }
    }
}
