/// Which device has which version 3 engine ID, to notice when two share one.
///
/// That is against RFC 3411, but happens with units that were cloned or imaged.
struct EngineIDRegistry {
    private var owners: [[UInt8]: [UInt64: SocketAddress]] = [:]
    private var claims: [UInt64: [UInt8]] = [:]

    /// Notes a session's engine ID, and gives the address of another device that has the same.
    mutating func claim(_ id: [UInt8], session: UInt64, address: SocketAddress) -> SocketAddress? {
        if claims[session] == id { return nil }
        release(session: session)
        let other = owners[id]?.values.first { $0 != address }
        owners[id, default: [:]][session] = address
        claims[session] = id
        return other
    }

    /// Forgets a session.
    mutating func release(session: UInt64) {
        guard let id = claims.removeValue(forKey: session) else { return }
        owners[id]?.removeValue(forKey: session)
        if owners[id]?.isEmpty == true { owners.removeValue(forKey: id) }
    }
}
