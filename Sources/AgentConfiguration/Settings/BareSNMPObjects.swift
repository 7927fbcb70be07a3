/// A device described by object identifiers alone.
public struct BareSNMPObjects: Sendable, Equatable {
    /// The SNMP type that is written.
    public enum ValueType: String, Sendable, Hashable, CaseIterable {
        /// INTEGER: -2147483648 to 2147483647.
        case integer
        /// Unsigned32, which is Gauge32 on the wire: 0 to 4294967295.
        case unsigned
        /// OCTET STRING.
        case string
    }

    /// The object that is read, and what it says.
    public struct State: Sendable, Equatable {
        /// `state.oid`; the outlet's number is appended.
        public var oid: NumericOID
        /// `state.on`: the values that mean on; at least one.
        public var on: [SNMPValue]
        /// `state.off`: the values that mean off; at least one, none of them in `on`.
        public var off: [SNMPValue]
    }

    /// `oid`: the object that is written; the outlet's number is appended.
    public var oid: NumericOID
    /// `type`: what is written.
    public var type: ValueType
    /// `on`: the value that switches on.
    public var on: SNMPValue
    /// `off`: the value that switches off.
    public var off: SNMPValue
    /// `state`; without it, the written object with the written values.
    public var state: State
}
