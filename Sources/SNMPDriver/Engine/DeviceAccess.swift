internal import SNMPClient

/// The requests that the driver makes of a device.
protocol DeviceAccess: Sendable {
    /// How many further tries follow an unanswered one.
    var retries: Int { get }
    /// Whether a single object that the device does not have fails the whole request, as in SNMP version 1.
    var failsAsAWhole: Bool { get }

    /// - Parameter retries: how many further tries follow an unanswered one; nothing for the usual number.
    nonisolated(nonsending) func get(_ oids: [OID], retries: Int?) async throws(SNMPError) -> SNMPReply
    nonisolated(nonsending) func getNext(_ oid: OID, pacer: DevicePacer) async throws(SNMPError) -> VarBind?
    nonisolated(nonsending) func walk(_ root: OID, pacer: DevicePacer) async throws(SNMPError) -> [VarBind]
    /// - Parameter retries: as for a GET.
    nonisolated(nonsending) func set(_ varBinds: [VarBind], retries: Int?) async throws(SNMPError) -> SNMPReply
    nonisolated(nonsending) func close() async
}
