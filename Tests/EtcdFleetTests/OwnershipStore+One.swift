import Agent
import Power

@testable import EtcdFleet

/// One PDU at a time: the store's own operations are for many.
extension OwnershipStore {
    func claim(_ pdu: PDUName) async throws(EtcdError) -> WonClaim? { try await claim([pdu]).won.first }

    func release(_ claim: WonClaim, wait: Duration?) async throws(EtcdError) { try await release([(claim, wait)]) }

    func load(_ pdu: PDUName) async throws(EtcdError) -> (JournalContents, [OutletNumber: WriteNote]) {
        let left = try await load([pdu])[pdu]
        return (left?.contents ?? JournalContents(), left?.notes ?? [:])
    }
}
