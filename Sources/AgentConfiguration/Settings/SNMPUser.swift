/// A user of SNMPv3.
public struct SNMPUser: Sendable, Equatable {
    /// `user`: 1 to 32 bytes (RFC 3414, SnmpAdminString of usmUserName).
    public var name: String
    /// `context`: nothing for the default context.
    public var context: String?
    /// `auth` and `privacy`.
    public var security: SNMPSecurity
}
