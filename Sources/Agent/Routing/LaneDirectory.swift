import Power
import Synchronization

/// The lanes by PDU, for everybody who has a command for one of them.
public final class LaneDirectory: Sendable {
    private let lanes: Mutex<[String: PDULane]>

    /// A directory of these lanes.
    public init(_ lanes: [PDULane] = []) {
        self.lanes = Mutex(Dictionary(lanes.map { ($0.pdu.rawValue, $0) }) { first, _ in first })
    }

    /// The lane of a PDU, by its name as it came.
    public subscript(pdu: String) -> PDULane? {
        lanes.withLock { $0[pdu] }
    }

    /// How many lanes there are.
    var count: Int { lanes.withLock(\.count) }

    /// Every lane.
    public var all: [PDULane] {
        lanes.withLock { Array($0.values) }
    }

    func add(_ lane: PDULane) {
        lanes.withLock { $0[lane.pdu.rawValue] = lane }
    }

    func remove(_ pdu: PDUName) -> PDULane? {
        lanes.withLock { $0.removeValue(forKey: pdu.rawValue) }
    }
}
