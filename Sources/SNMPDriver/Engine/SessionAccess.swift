internal import Power
internal import SNMPClient

/// The requests made through an SNMP session.
struct SessionAccess: DeviceAccess {
    let session: SNMPSession

    var retries: Int { session.target.retries }

    var failsAsAWhole: Bool {
        if case .v1 = session.target.credentials { true } else { false }
    }

    nonisolated(nonsending) func get(_ oids: [OID], retries: Int?) async throws(SNMPError) -> SNMPReply {
        try await session.reply(oids, retries: retries)
    }

    nonisolated(nonsending) func getNext(_ oid: OID, pacer: DevicePacer) async throws(SNMPError) -> VarBind? {
        try await session.getNext([oid], pacer: pacer).first
    }

    nonisolated(nonsending) func walk(_ root: OID, pacer: DevicePacer) async throws(SNMPError) -> [VarBind] {
        try await session.walk(root, pacer: pacer)
    }

    nonisolated(nonsending) func set(_ varBinds: [VarBind], retries: Int?) async throws(SNMPError) -> SNMPReply {
        // The engine sends from a queue of its own, which does not know the task.
        guard let permit = WritePermit.current else {
            return try await session.reply(setting: varBinds, retries: retries)
        }
        return try await session.reply(setting: varBinds, retries: retries) { permit.isValid }
    }

    nonisolated(nonsending) func close() async {
        await session.close()
    }
}
