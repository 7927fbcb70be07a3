/// Where a broker listens.
public struct BrokerAddress: Sendable, Hashable {
    /// A host name or a numeric IPv4 or IPv6 address (without brackets).
    public let host: String
    /// The TCP port, 1 to 65535.
    public let port: UInt16
    /// Whether the connection is encrypted.
    public let usesTLS: Bool

    /// Reads `mqtt://host`, `mqtt://host:port`, `mqtts://host:port` or with an IPv6 address `mqtt://[::1]:1883`. The
    /// default ports are 1883 and, for `mqtts`, 8883.
    ///
    /// - Throws: `invalidConfiguration` saying what would be right. A user or password in the text is refused, because
    ///   addresses are logged, and not repeated in the error.
    public init(_ text: String) throws(MQTTError) {
        guard !text.contains("@") else {
            throw Self.error("the broker's address", "has a user or password in it; give those separately")
        }
        let scheme: Substring
        let rest: Substring
        if let separator = text.firstRange(of: "://") {
            scheme = text[..<separator.lowerBound]
            rest = text[separator.upperBound...]
        } else {
            throw Self.error("'\(text)'", "lacks mqtt:// or mqtts:// in front")
        }
        switch scheme.lowercased() {
        case "mqtt": usesTLS = false
        case "mqtts": usesTLS = true
        default: throw Self.error("'\(text)'", "starts with \(scheme)://, but only mqtt:// and mqtts:// are known")
        }
        let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard !authority.contains(where: { "/?# ".contains($0) }) else {
            throw Self.error("'\(text)'", "has something behind the port")
        }
        let (host, port) = try Self.split(authority, of: text)
        let allowed = host.utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 != 0x7F }
        guard !host.isEmpty, host.utf8.count <= 255, allowed else {
            throw Self.error("'\(text)'", "has no proper host")
        }
        self.host = String(host)
        if let port {
            guard port.allSatisfy({ $0.isASCII && $0.isNumber }), let number = UInt16(port), number > 0 else {
                throw Self.error("'\(text)'", "has a port that is not a number from 1 to 65535")
            }
            self.port = number
        } else {
            self.port = usesTLS ? 8883 : 1883
        }
    }

    private static func split(
        _ authority: Substring,
        of text: String
    ) throws(MQTTError) -> (host: Substring, port: Substring?) {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw error("'\(text)'", "lacks a closing ]") }
            let host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw error("'\(text)'", "has something between ] and :") }
            return (host, rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw error("'\(text)'", "has an IPv6 address that needs brackets, as [::1]") }
        return (parts.first ?? "", parts.count == 2 ? parts[1] : nil)
    }

    private static func error(_ what: String, _ problem: String) -> MQTTError {
        MQTTError(.invalidConfiguration, "\(what) \(problem); an address looks like mqtt://broker.example:1883")
    }
}

extension BrokerAddress {
    /// Whether the host is a name, which may have several addresses, rather than an address.
    var isNamed: Bool { host.utf8.contains { $0 > UInt8(ascii: "9") } && !host.contains(":") }
}

extension BrokerAddress: CustomStringConvertible {
    /// As it is written in a configuration, with its port.
    public var description: String {
        "\(usesTLS ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
