public import SNMPClient

/// Just enough of the basic encoding rules to play a misbehaving agent.
public enum BER {
    /// An element of a type, with its length.
    public static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] = count < 128 ? [UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + content
    }

    /// A sequence of elements.
    public static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(0x30, parts.flatMap(\.self)) }

    /// An INTEGER.
    public static func integer(_ value: Int32) -> [UInt8] {
        element(0x02, withUnsafeBytes(of: value.bigEndian, Array.init))
    }

    /// An OCTET STRING.
    public static func octets(_ bytes: [UInt8]) -> [UInt8] { element(0x04, bytes) }

    /// An OBJECT IDENTIFIER.
    public static func objectIdentifier(_ oid: OID) -> [UInt8] {
        var content = [UInt8(oid.arcs[0] * 40 + oid.arcs[1])]
        for arc in oid.arcs.dropFirst(2) {
            var groups = [UInt8(arc & 0x7F)]
            var rest = arc >> 7
            while rest > 0 {
                groups.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            content += groups.reversed()
        }
        return element(0x06, content)
    }

    /// The element at the front of some bytes: its tag, its content, and what follows it.
    public static func first(
        _ bytes: ArraySlice<UInt8>
    ) -> (tag: UInt8, content: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)? {
        guard bytes.count >= 2, let tag = bytes.first else { return nil }
        var rest = bytes.dropFirst()
        var length = Int(rest.removeFirst())
        if length >= 0x80 {
            let count = length & 0x7F
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { return nil }
        return (tag, rest.prefix(length), rest.dropFirst(length))
    }

    /// The object identifier in the content of such an element; nothing when it is none.
    static func objectIdentifier(content: ArraySlice<UInt8>) -> OID? {
        guard let first = content.first, content.last.map({ $0 < 0x80 }) == true else { return nil }
        var arcs: [UInt32] = first < 80 ? [UInt32(first) / 40, UInt32(first) % 40] : [2, UInt32(first) - 80]
        var arc: UInt32 = 0
        for byte in content.dropFirst() {
            arc = arc << 7 | UInt32(byte & 0x7F)
            if byte < 0x80 {
                arcs.append(arc)
                arc = 0
            }
        }
        return OID(arcs)
    }
}
