/// Somebody who was let in.
struct Visitor: Sendable, Equatable {
    /// The name of the login; nothing for a token, or where nobody has to show anything.
    var name: String?
}

/// Addresses that begin alike, from which clients may come.
public struct ClientNetwork: Sendable {
    private let bytes: [UInt8]
    private let prefix: Int

    /// - Parameters:
    ///   - bytes: the first address: 4 bytes, or 16.
    ///   - prefix: how many bits all have in common.
    public init(bytes: [UInt8], prefix: Int) {
        self.bytes = bytes
        self.prefix = prefix
    }

    func contains(_ address: PeerAddress) -> Bool {
        guard address.bytes.count == bytes.count else { return false }
        return zip(bytes, address.bytes).enumerated().allSatisfy { place, pair in
            let common = min(max(prefix - place * 8, 0), 8)
            return common == 0 || (pair.0 ^ pair.1) >> UInt8(8 - common) == 0
        }
    }

    /// This host, whatever it listens at.
    static let loopback = [
        ClientNetwork(bytes: [127, 0, 0, 0], prefix: 8),
        ClientNetwork(bytes: [UInt8](repeating: 0, count: 15) + [1], prefix: 128),
    ]
}

extension [ClientNetwork] {
    func contains(_ address: PeerAddress) -> Bool { contains { $0.contains(address) } }
}
