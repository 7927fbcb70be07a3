import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What may stand where a host is expected.
enum HostName {
    /// Whether it is a host's name, an IPv4 address or an IPv6 address without brackets.
    static func isValid(_ text: String) -> Bool {
        text.contains(":") ? isIPv6(text) : looksLikeIPv4(text) ? isIPv4(text) : isName(text)
    }

    static func isIPv4(_ text: String) -> Bool {
        var address = in_addr()
        return isPlain(text) && inet_pton(AF_INET, text, &address) == 1
    }

    /// An IPv6 address, with a zone (`fe80::1%eth0`) or without.
    static func isIPv6(_ text: String) -> Bool {
        let parts = text.split(separator: "%", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, parts.count == 1 || isName(String(parts[1])) else {
            return false
        }
        var address = in6_addr()
        return isPlain(text) && inet_pton(AF_INET6, String(first), &address) == 1
    }

    /// Splits `host:port` or `[::1]:port`; nothing when it is neither. Without a port the second part is nothing.
    static func splitPort(_ text: some StringProtocol) -> (host: String, port: String?)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return (host, rest.isEmpty ? nil : String(rest.dropFirst()))
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = parts.first else { return nil }
        return (String(host), parts.count == 2 ? String(parts[1]) : nil)
    }

    static func port(_ text: String) -> Int? {
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = Int(text), (1...65535).contains(port)
        else { return nil }
        return port
    }

    /// RFC 1123 section 2.1, with the underscores that real networks use.
    private static func isName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy(isNameByte)
            }
    }

    private static func looksLikeIPv4(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
