import Power

/// The identifiers that Home Assistant knows devices and entities by. They hold the base topic, the PDU and the outlet
/// and nothing that people change, so that a new label, agent or model leaves history and automations alone.
///
/// Only `A-Z a-z 0-9 _ -` may be in them. An underscore separates; one within a PDU's name is doubled, so that no two
/// names give the same identifier.
struct DiscoveryNames: Sendable, Equatable {
    private let base: String
    private let agent: String

    init(base: String, agent: String) {
        self.base = Self.token(base)
        self.agent = agent
    }

    /// What every identifier of a PDU below the base topic begins with.
    var prefix: String { "busbar_\(base)_" }

    /// The agent's own device.
    var agentDevice: String { "busbar-agent_\(base)_\(Self.escaped(agent))" }

    /// What every identifier of a load begins with. It is another one than a PDU's, so that none can be mistaken for an
    /// entity of a PDU with that name.
    var loadPrefix: String { "busbar-load_\(base)_" }

    /// A load's device.
    func device(load: String) -> String { loadPrefix + Self.escaped(load) }

    /// A PDU's device.
    func device(_ pdu: PDUName) -> String { prefix + Self.escaped(pdu.rawValue) }

    /// An entity of a device.
    func entity(_ key: String, of device: String) -> String { "\(device)_\(key)" }

    private static func escaped(_ name: String) -> String {
        name.split(separator: "_", omittingEmptySubsequences: false).joined(separator: "__")
    }

    /// The base topic as a part of an identifier. One that does not fit as it is gets a hash, so that `a/b` and `a-b`
    /// stay two.
    private static func token(_ base: String) -> String {
        let fits = base.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        if fits { return base }
        let readable = base.unicodeScalars.map { scalar -> Character in
            scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
        }
        return "\(String(readable))-\(String(hash(base), radix: 16))"
    }

    /// FNV-1a, which is the same in every process; Swift's own hashes are not.
    private static func hash(_ text: String) -> UInt32 {
        text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
