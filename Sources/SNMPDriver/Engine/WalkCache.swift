internal import SNMPClient
internal import Synchronization

/// The columns that were read in one survey: several parts of an index may be looked up in the same one.
final class WalkCache: Sendable {
    private let rows = Mutex<[OID: [VarBind]]>([:])

    subscript(root: OID) -> [VarBind]? {
        get { rows.withLock { $0[root] } }
        set { rows.withLock { $0[root] = newValue } }
    }
}
