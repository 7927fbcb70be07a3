import Glibc

/// An object identifier: the numeric name of an SNMP object, as `1.3.6.1.2.1.1.1.0`.
///
/// No MIB files are read, so names such as `sysDescr.0` are not understood.
public struct OID: Hashable, Sendable {
    /// The most arcs an object identifier may have in SNMP (RFC 3416, section 4.1).
    public static let maximumCount = 128

    /// The arcs, from the root.
    public let arcs: [UInt32]

    /// An identifier of the given arcs.
    ///
    /// Any number of arcs is accepted, so that prefixes can be expressed; a request with one that cannot go on the
    /// wire (see ``isEncodable``) is refused with ``SNMPError/Code/invalidArgument``.
    public init(_ arcs: some Sequence<UInt32>) {
        self.arcs = Array(arcs)
    }

    /// An identifier from dotted decimal text, as `1.3.6.1.2.1.1.1.0`; one leading dot is allowed.
    ///
    /// Gives nil for anything but 2 to 128 arcs of decimal digits, each at most `UInt32.max`.
    public init?(_ text: some StringProtocol) {
        var arcs: [UInt32] = []
        var arc: UInt32?
        var isFirst = true
        for byte in text.utf8 {
            defer { isFirst = false }
            switch byte {
            case UInt8(ascii: "."):
                if let complete = arc {
                    arcs.append(complete)
                    arc = nil
                } else if !isFirst {
                    return nil
                }
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (shifted, tooBig) = (arc ?? 0).multipliedReportingOverflow(by: 10)
                let (sum, overflow) = shifted.addingReportingOverflow(UInt32(byte - UInt8(ascii: "0")))
                if tooBig || overflow { return nil }
                arc = sum
            default:
                return nil
            }
            if arcs.count > Self.maximumCount { return nil }
        }
        guard let last = arc else { return nil }
        arcs.append(last)
        guard (2...Self.maximumCount).contains(arcs.count) else { return nil }
        self.arcs = arcs
    }

    /// Whether the identifier can go on the wire: 2 to 128 arcs, the first at most 2, the second at most 39 below the
    /// first two roots (X.690, 8.19.4), or at most `UInt32.max - 80` below the third.
    public var isEncodable: Bool {
        guard (2...Self.maximumCount).contains(arcs.count), arcs[0] <= 2 else { return false }
        return arcs[0] < 2 ? arcs[1] < 40 : arcs[1] <= UInt32.max - 80
    }

    /// Whether these are its arcs.
    func hasArcs(_ others: UnsafeBufferPointer<UInt32>) -> Bool {
        guard arcs.count == others.count, let start = others.baseAddress else { return arcs.isEmpty && others.isEmpty }
        return arcs.withUnsafeBytes { memcmp($0.baseAddress ?? UnsafeRawPointer(start), start, $0.count) == 0 }
    }

    /// The identifier with more arcs at its end, as an outlet's number after a column.
    public func appending(_ more: UInt32...) -> OID {
        OID(arcs + more)
    }

    /// The identifier with the arcs of another at its end.
    public func appending(_ suffix: OID) -> OID {
        OID(arcs + suffix.arcs)
    }

    /// Whether the other identifier is this one or lies below it.
    public func isPrefix(of other: OID) -> Bool {
        other.arcs.starts(with: arcs)
    }

    /// Whether this identifier is the other or lies below it.
    public func starts(with prefix: OID) -> Bool {
        arcs.starts(with: prefix.arcs)
    }
}

extension OID {
    /// Hashes all arcs in one go, which is several times as fast as arc by arc.
    public func hash(into hasher: inout Hasher) {
        arcs.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension OID: Comparable {
    /// Whether the left identifier comes before the right one in the order of a walk.
    public static func < (left: OID, right: OID) -> Bool {
        left.arcs.lexicographicallyPrecedes(right.arcs)
    }
}

extension OID: ExpressibleByArrayLiteral {
    /// An identifier from its arcs, as `[1, 3, 6, 1]`.
    public init(arrayLiteral arcs: UInt32...) {
        self.init(arcs)
    }
}

extension OID: CustomStringConvertible {
    /// The arcs in decimal with dots between them, without a leading dot.
    public var description: String {
        arcs.map(String.init).joined(separator: ".")
    }
}
