/// The keys of `driver: snmp`.
public struct SNMPSettings: Sendable, Equatable {
    /// Which objects are read and written.
    public enum Objects: Sendable, Equatable {
        /// `model`, and `index` for the parts of its object identifiers that are not the outlet.
        case model(SNMPModelReference, index: [String: SNMPValue])
        /// `oid`, `on`, `off`, `state` and `type`.
        case bare(BareSNMPObjects)
    }

    /// The objects of the device.
    public var objects: Objects
    /// `version` and the credentials that belong to it.
    public var access: SNMPAccess
}
