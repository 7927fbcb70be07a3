#if canImport(Glibc)
    import Glibc
#endif

/// The addresses that begin alike: `192.0.2.0/24`, `2001:db8::/32`, or a single address.
public struct AddressRange: Sendable, Hashable {
    /// The first address: 4 bytes, or 16.
    public let bytes: [UInt8]
    /// How many bits all have in common.
    public let prefix: Int

    /// Reads a range; nothing when it is none, or has bits set behind the common ones.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first.map(String.init), parts.count <= 2 else { return nil }
        var bytes = [UInt8](repeating: 0, count: address.contains(":") ? 16 : 4)
        let family = address.contains(":") ? AF_INET6 : AF_INET
        guard inet_pton(family, address, &bytes) == 1 else { return nil }
        var prefix = bytes.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3, let number = UInt8(parts[1]), Int(number) <= prefix else { return nil }
            prefix = Int(number)
        }
        for (place, byte) in bytes.enumerated() {
            let common = min(max(prefix - place * 8, 0), 8)
            guard common == 8 || byte & (0xff >> UInt8(common)) == 0 else { return nil }
        }
        self.bytes = bytes
        self.prefix = prefix
    }
}
