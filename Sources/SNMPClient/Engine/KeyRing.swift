import CSNMPShim
import Dispatch

/// Makes master keys of passphrases, each only once: it takes some 5 ms of hashing (RFC 3414, appendix A.2).
///
/// It has a queue of its own, so that neither the loop nor other tasks wait for it.
actor KeyRing {
    private struct Lock: Hashable {
        let algorithm: AuthenticationProtocol
        let passphrase: SNMPSecret
    }

    /// When there are more, old passphrases have been replaced many times; all are made anew.
    private static let maximumCount = 20_000

    private let executor = QueueExecutor(label: "snmp.keys")
    private var keys: [Lock: [UInt8]] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The master keys of a user for authentication and privacy; empty where there is none, nil when a passphrase is
    /// too short.
    func keys(of user: V3User) -> (authentication: [UInt8], privacy: [UInt8])? {
        guard let authentication = user.authentication else { return ([], []) }
        guard let authenticationKey = key(authentication.algorithm, authentication.passphrase) else { return nil }
        guard let privacy = user.privacy else { return (authenticationKey, []) }
        // The privacy key too is made with the authentication protocol's hash.
        guard let privacyKey = key(authentication.algorithm, privacy.passphrase) else { return nil }
        return (authenticationKey, privacyKey)
    }

    private func key(_ algorithm: AuthenticationProtocol, _ passphrase: SNMPSecret) -> [UInt8]? {
        let lock = Lock(algorithm: algorithm, passphrase: passphrase)
        if let known = keys[lock] { return known }
        var text = passphrase.revealed
        var key = [UInt8](repeating: 0, count: Int(CSNMP_MASTER_KEY_SIZE))
        var length = 0
        let outcome = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                csnmp_master_key(algorithm.wireValue, $0.baseAddress, $0.count, &key, &length)
            }
        }
        guard outcome == 0 else { return nil }
        key.removeLast(key.count - length)
        if keys.count >= Self.maximumCount { keys.removeAll() }
        keys[lock] = key
        return key
    }
}

/// Runs an actor's jobs on a Dispatch queue, one at a time.
///
/// `DispatchSerialQueue`, which is an executor itself, does not exist on Linux.
private final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}
