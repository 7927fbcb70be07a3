/// An SNMP object and its value.
public struct VarBind: Sendable, Hashable {
    /// The object, with its instance.
    public let oid: OID
    /// Its value, or why there is none.
    public let value: SNMPValue

    /// A value for an object.
    public init(_ oid: OID, _ value: SNMPValue) {
        self.oid = oid
        self.value = value
    }
}
