@preconcurrency import Glibc

/// The networks that this host is in.
enum HostNetworks {
    /// The IPv4 networks, as `192.0.2.0/24`; of those larger than a /22 the /24 around the host's own address.
    static func all() -> [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var networks: [String] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            let isUp = entry.ifa_flags & UInt32(IFF_UP) != 0
            let isLoopback = entry.ifa_flags & UInt32(IFF_LOOPBACK) != 0
            guard isUp, !isLoopback, let address = number(entry.ifa_addr), let mask = number(entry.ifa_netmask) else {
                continue
            }
            let network = text(address, prefix: mask.nonzeroBitCount)
            if !networks.contains(network) { networks.append(network) }
        }
        return networks
    }

    /// The network of an address; a narrower one where it is too large to be looked through.
    static func text(_ address: UInt32, prefix: Int) -> String {
        let prefix = prefix < 22 ? 24 : min(prefix, 30)
        let network = address & ~UInt32(0) << UInt32(32 - prefix)
        return [24, 16, 8, 0].map { "\(network >> $0 & 255)" }.joined(separator: ".") + "/\(prefix)"
    }

    private static func number(_ address: UnsafeMutablePointer<sockaddr>?) -> UInt32? {
        guard let address, address.pointee.sa_family == sa_family_t(AF_INET) else { return nil }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
        }
    }
}
