import CSNMPShim

/// A version 3 user and the engine it is known to, with the keys for it.
///
/// net-snmp keeps users and engines' clocks in two lists for the whole process, where the first passphrase of a user
/// wins, the users of thousands of devices are searched one by one, and devices with one engine ID share one clock.
/// Here each session has its own, which are in those lists only while one of its messages is made or read.
final class UserContext {
    let pointer: OpaquePointer

    /// The keys are master keys, of the user's passphrases.
    init?(_ user: V3User, authenticationKey: [UInt8], privacyKey: [UInt8]) {
        let pointer = csnmp_peer_create(
            user.name,
            user.contextName,
            user.authentication?.algorithm.wireValue ?? 0,
            authenticationKey,
            authenticationKey.count,
            user.privacy?.algorithm.wireValue ?? 0,
            privacyKey,
            privacyKey.count
        )
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    deinit {
        csnmp_peer_destroy(pointer)
    }

    var hasEngine: Bool { csnmp_peer_has_engine(pointer) }

    /// The engine's ID; empty when it is not known.
    var engineID: [UInt8] {
        var length = 0
        let start = csnmp_peer_engine(pointer, &length)
        return Array(UnsafeBufferPointer(start: start, count: length))
    }
}

extension AuthenticationProtocol {
    /// The protocol as the C functions call it.
    var wireValue: Int32 {
        switch self {
        case .md5: Int32(CSNMP_AUTH_MD5)
        case .sha: Int32(CSNMP_AUTH_SHA)
        case .sha224: Int32(CSNMP_AUTH_SHA224)
        case .sha256: Int32(CSNMP_AUTH_SHA256)
        case .sha384: Int32(CSNMP_AUTH_SHA384)
        case .sha512: Int32(CSNMP_AUTH_SHA512)
        }
    }
}

extension PrivacyProtocol {
    /// The protocol as the C functions call it.
    var wireValue: Int32 {
        switch self {
        case .des: Int32(CSNMP_PRIV_DES)
        case .aes128: Int32(CSNMP_PRIV_AES128)
        case .aes192: Int32(CSNMP_PRIV_AES192)
        case .aes256: Int32(CSNMP_PRIV_AES256)
        }
    }
}
