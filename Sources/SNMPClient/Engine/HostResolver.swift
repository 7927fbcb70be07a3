import CSNMPShim
internal import HostNames

/// The addresses of a device, of both families, in the order in which they are tried.
enum HostResolver {
    /// A host's address when it is given as one; nil when it is a name.
    static func numericAddress(_ host: String, port: UInt16) -> SocketAddress? {
        var address = csnmp_address()
        guard csnmp_resolve(host, &address) == 0 else { return nil }
        return SocketAddress(address, port: port)
    }

    /// A host's addresses; a cancelled task does not wait for them.
    static func addresses(
        of host: String,
        port: UInt16,
        errors: ErrorText,
        names: HostNames
    ) async -> Result<[SocketAddress], SNMPError> {
        switch await names.addresses(of: host) {
        case .success(let texts):
            let addresses = texts.compactMap { numericAddress($0, port: port) }
            return addresses.isEmpty ? .failure(errors.unknownHost("it has no address")) : .success(addresses)
        case .failure(let failure):
            return .failure(failure.isCancellation ? errors.cancelled : errors.unknownHost(failure.message))
        }
    }
}
