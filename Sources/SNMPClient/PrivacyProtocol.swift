/// How a version 3 message is encrypted.
public enum PrivacyProtocol: String, Sendable, Hashable, CaseIterable {
    /// CBC-DES (RFC 3414).
    case des = "DES"
    /// CFB-AES-128 (RFC 3826).
    case aes128 = "AES"
    /// CFB-AES-192 with keys extended as in draft-blumenthal-aes-usm-04.
    case aes192 = "AES-192"
    /// CFB-AES-256 with keys extended as in draft-blumenthal-aes-usm-04.
    case aes256 = "AES-256"
}
