/// How messages of SNMPv3 are protected. There is no privacy without authentication (RFC 3411 section 3.4.3).
public enum SNMPSecurity: Sendable, Equatable {
    /// noAuthNoPriv.
    case none
    /// authNoPriv.
    case authentication(SNMPAuthentication)
    /// authPriv.
    case authenticationAndPrivacy(SNMPAuthentication, SNMPPrivacy)
}
