/// The SNMP version a device speaks, and what opens it.
public enum SNMPCredentials: Sendable, Hashable {
    /// Version 1. Reads use the community; writes too, unless they have their own.
    case v1(community: SNMPSecret, writeCommunity: SNMPSecret? = nil)
    /// Version 2c. Reads use the community; writes too, unless they have their own.
    case v2c(community: SNMPSecret, writeCommunity: SNMPSecret? = nil)
    /// Version 3 with user-based security.
    case v3(V3User)
}
