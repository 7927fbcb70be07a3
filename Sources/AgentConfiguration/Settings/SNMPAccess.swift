/// The version of SNMP and the credentials that belong to it.
public enum SNMPAccess: Sendable, Equatable {
    /// The versions without users.
    public enum CommunityVersion: String, Sendable, Hashable, CaseIterable {
        /// SNMPv1.
        case v1 = "1"
        /// SNMPv2c.
        case v2c = "2c"
    }

    /// `version: 1` or `2c`: `community`, and `write_community` or the same.
    case community(version: CommunityVersion, read: Secret, write: Secret)
    /// `version: 3`.
    case user(SNMPUser)
}
