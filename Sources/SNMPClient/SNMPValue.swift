/// The value of an SNMP object, with its type on the wire (RFC 2578, section 7.1; RFC 3416, section 3).
public enum SNMPValue: Sendable, Hashable {
    /// INTEGER, also used for enumerations and TruthValue.
    case integer(Int32)
    /// Gauge32 or Unsigned32, which are the same on the wire.
    case unsigned(UInt32)
    /// Counter32.
    case counter32(UInt32)
    /// Counter64; there is none in SNMP version 1.
    case counter64(UInt64)
    /// TimeTicks, in hundredths of a second.
    case timeTicks(UInt32)
    /// OCTET STRING: text in whatever encoding the device has, or binary.
    case octets([UInt8])
    /// OBJECT IDENTIFIER.
    case objectIdentifier(OID)
    /// IpAddress: the four bytes of an IPv4 address, first byte first.
    case ipAddress([UInt8])
    /// A single-precision number in an Opaque, as net-snmp agents and their relatives send.
    case opaqueFloat(Float)
    /// A double-precision number in an Opaque.
    case opaqueDouble(Double)
    /// NULL.
    case null
    /// The agent has no such object (versions 2c and 3; version 1 fails the request instead).
    case noSuchObject
    /// The agent knows the object, but not this instance of it, such as an outlet that does not exist.
    case noSuchInstance
    /// A walk came to the end of what the agent has.
    case endOfMIBView
    /// A value of any other type, with its tag and its bytes.
    case other(type: UInt8, bytes: [UInt8])

    /// Whether the agent gave a value, rather than one of the three reasons for none.
    public var isPresent: Bool {
        switch self {
        case .noSuchObject, .noSuchInstance, .endOfMIBView: false
        default: true
        }
    }

    /// The value as a whole number, when it is of a type that has one.
    public var wholeNumber: Int64? {
        switch self {
        case .integer(let value): Int64(value)
        case .unsigned(let value), .counter32(let value), .timeTicks(let value): Int64(value)
        case .counter64(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The bytes of an OCTET STRING as text; bytes that are not UTF-8 are replaced.
    public var text: String? {
        if case .octets(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
}
