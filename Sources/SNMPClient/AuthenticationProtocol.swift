/// How a version 3 message proves who sent it: HMAC with one of these hashes.
public enum AuthenticationProtocol: String, Sendable, Hashable, CaseIterable {
    /// HMAC-MD5-96 (RFC 3414).
    case md5 = "MD5"
    /// HMAC-SHA-96 (RFC 3414).
    case sha = "SHA"
    /// HMAC-128-SHA-224 (RFC 7860).
    case sha224 = "SHA-224"
    /// HMAC-192-SHA-256 (RFC 7860).
    case sha256 = "SHA-256"
    /// HMAC-256-SHA-384 (RFC 7860).
    case sha384 = "SHA-384"
    /// HMAC-384-SHA-512 (RFC 7860).
    case sha512 = "SHA-512"
}
