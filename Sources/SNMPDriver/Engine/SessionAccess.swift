internal import SNMPClient

/// The requests made through an SNMP session.
struct SessionAccess: DeviceAccess {
    let session: SNMPSession

    var retries: Int { session.target.retries }

    var failsAsAWhole: Bool {
        if case .v1 = session.target.credentials { true } else { false }
    }

    nonisolated(nonsending) func get(_ oids: [OID]) async throws(SNMPError) -> [VarBind] {
        try await session.get(oids)
    }

    nonisolated(nonsending) func getNext(_ oid: OID) async throws(SNMPError) -> VarBind? {
        try await session.getNext([oid]).first
    }

    nonisolated(nonsending) func walk(_ root: OID) async throws(SNMPError) -> [VarBind] {
        try await session.walk(root)
    }

    nonisolated(nonsending) func set(_ varBinds: [VarBind], retries: Int?) async throws(SNMPError) {
        try await session.set(varBinds, retries: retries)
    }

    nonisolated(nonsending) func close() async {
        await session.close()
    }
}
