/// How messages of SNMPv3 are kept from others.
public struct SNMPPrivacy: Sendable, Equatable {
    /// The cipher.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// CBC-DES (RFC 3414).
        case des = "DES"
        /// CFB128-AES-128 (RFC 3826); `AES-128` means the same.
        case aes128 = "AES"
        /// AES with a 192-bit key, not in any RFC.
        case aes192 = "AES-192"
        /// AES with a 256-bit key, not in any RFC.
        case aes256 = "AES-256"
    }

    /// `privacy.protocol`.
    public var algorithm: Algorithm
    /// `privacy.passphrase`: 8 bytes or more.
    public var passphrase: Secret
}
