/// How a user of SNMPv3 proves who it is.
public struct SNMPAuthentication: Sendable, Equatable {
    /// The hash.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// HMAC-MD5-96 (RFC 3414).
        case md5 = "MD5"
        /// HMAC-SHA-96 (RFC 3414).
        case sha1 = "SHA"
        /// HMAC-128-SHA-224 (RFC 7860).
        case sha224 = "SHA-224"
        /// HMAC-192-SHA-256 (RFC 7860).
        case sha256 = "SHA-256"
        /// HMAC-256-SHA-384 (RFC 7860).
        case sha384 = "SHA-384"
        /// HMAC-384-SHA-512 (RFC 7860).
        case sha512 = "SHA-512"
    }

    /// `auth.protocol`.
    public var algorithm: Algorithm
    /// `auth.passphrase`: 8 bytes or more.
    public var passphrase: Secret
}
