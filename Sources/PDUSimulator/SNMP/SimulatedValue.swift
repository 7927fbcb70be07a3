/// A value of a simulated SNMP object.
public enum SimulatedValue: Sendable, Hashable {
    /// `INTEGER`, `Integer32`.
    case integer(Int32)
    /// `Gauge32`, `Unsigned32`.
    case gauge(UInt32)
    /// `Counter32`.
    case counter(UInt32)
    /// `Counter64`; versions 2c and 3 only.
    case counter64(UInt64)
    /// `TimeTicks`, in hundredths of a second.
    case timeTicks(UInt32)
    /// `OCTET STRING`.
    case octets([UInt8])
    /// `OBJECT IDENTIFIER`.
    case objectID(SimulatedOID)
    /// `IpAddress`.
    case ipAddress(UInt8, UInt8, UInt8, UInt8)

    /// A type of SNMP objects.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// `INTEGER`, `Integer32`.
        case integer
        /// `Gauge32`, `Unsigned32`.
        case gauge
        /// `Counter32`.
        case counter
        /// `Counter64`.
        case counter64
        /// `TimeTicks`.
        case timeTicks
        /// `OCTET STRING`.
        case octets
        /// `OBJECT IDENTIFIER`.
        case objectID
        /// `IpAddress`.
        case ipAddress
    }

    /// An `OCTET STRING` of a text's UTF-8 bytes.
    public static func text(_ text: String) -> SimulatedValue { .octets(Array(text.utf8)) }

    /// The value's type.
    public var kind: Kind {
        switch self {
        case .integer: .integer
        case .gauge: .gauge
        case .counter: .counter
        case .counter64: .counter64
        case .timeTicks: .timeTicks
        case .octets: .octets
        case .objectID: .objectID
        case .ipAddress: .ipAddress
        }
    }

    /// The number, where it is one.
    public var number: Int64? {
        switch self {
        case .integer(let value): Int64(value)
        case .gauge(let value), .counter(let value), .timeTicks(let value): Int64(value)
        case .counter64(let value): Int64(exactly: value)
        case .octets, .objectID, .ipAddress: nil
        }
    }

    /// A number as a value of some type; one that does not fit becomes the nearest that does.
    static func number(_ number: Int64, as kind: Kind) -> SimulatedValue {
        switch kind {
        case .integer: .integer(Int32(clamping: number))
        case .gauge: .gauge(UInt32(clamping: number))
        case .counter: .counter(UInt32(truncatingIfNeeded: number))
        case .counter64: .counter64(UInt64(clamping: number))
        case .timeTicks: .timeTicks(UInt32(truncatingIfNeeded: number))
        case .octets, .objectID, .ipAddress: .text(String(number))
        }
    }
}

extension SimulatedValue: CustomStringConvertible {
    /// The number or the text; octets that are not printable as hexadecimal digits.
    public var description: String {
        switch self {
        case .integer, .gauge, .counter, .timeTicks: number.map(String.init) ?? ""
        case .counter64(let value): String(value)
        case .octets(let bytes):
            bytes.allSatisfy { (0x20..<0x7F).contains($0) }
                ? String(decoding: bytes, as: UTF8.self) : Hexadecimal.text(bytes)
        case .objectID(let oid): oid.description
        case .ipAddress(let first, let second, let third, let fourth): "\(first).\(second).\(third).\(fourth)"
        }
    }
}
