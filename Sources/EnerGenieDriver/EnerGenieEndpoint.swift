/// Where a device listens: a host name or address and a TCP port.
public struct EnerGenieEndpoint: Sendable, Hashable {
    /// The port of the web interface, unless the device was told another.
    public static let webPort = 80
    /// The port of the native protocol; the device's own pages can change it.
    public static let nativePort = 5000

    /// The host's name, or its IPv4 or IPv6 address without brackets.
    public let host: String
    /// The TCP port, 1 to 65535.
    public let port: Int

    /// Takes a host and a port, or nothing when the host is empty or holds anything but letters, digits and `.-_:%`,
    /// or the port is out of range.
    public init?(host: String, port: Int) {
        guard (1...65535).contains(port), (1...253).contains(host.utf8.count), host.utf8.allSatisfy(Self.isAllowed)
        else { return nil }
        self.host = host
        self.port = port
    }

    /// The host as it stands in a URL and in a `Host` header: IPv6 in brackets, the port unless it is 80.
    var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == Self.webPort ? name : "\(name):\(port)"
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}

extension EnerGenieEndpoint: CustomStringConvertible {
    /// As `192.0.2.10:80`, for messages.
    public var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
