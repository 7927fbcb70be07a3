import COpenSSL
import Foundation

/// What is kept of a token: that a token is the right one can be told from it, the token cannot.
///
/// A token is 256 random bits, so a fast hash is enough: nobody can try them all.
public struct TokenHash: Sendable, Hashable, CustomStringConvertible {
    private let digest: [UInt8]

    /// The hash of a token.
    public init(of token: some StringProtocol) {
        let text = Array(token.utf8)
        digest = SHA256.filled { EVP_Digest(text, text.count, $0, nil, EVP_sha256(), nil) == 1 }
    }

    /// Reads what `description` writes: `sha256:` and 64 hexadecimal digits; nothing when it is something else.
    public init?(_ text: String) {
        guard text.hasPrefix("sha256:") else { return nil }
        let digits = Array(text.utf8.dropFirst(7))
        guard digits.count == 64 else { return nil }
        let values = digits.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard values.count == 64 else { return nil }
        digest = stride(from: 0, to: 64, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }

    /// The hash of what somebody shows, compared in a time that does not depend on how much is right.
    public func isEqual(to other: TokenHash) -> Bool { areEqual(digest, other.digest) }

    /// How it stands in a configuration.
    public var description: String {
        "sha256:" + digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

/// What is kept of a password: scrypt (RFC 7914), slow and large on purpose, so that guessing is dear to whoever got the hash.
public struct PasswordHash: Sendable, Hashable, CustomStringConvertible {
    /// What a check costs, as powers of two and factors: N = 2^cost, r and p of RFC 7914. A check takes 128 · N · r bytes.
    private struct Parameters: Hashable {
        var cost = 15
        var block = 8
        var lanes = 1
    }

    private static let saltLength = 16
    private static let keyLength = 32
    /// The longest password that is looked at, in bytes.
    public static let longest = 1024

    private let parameters: Parameters
    private let salt: [UInt8]
    private let key: [UInt8]

    /// Makes the hash of a password with a new salt. It takes a tenth of a second and 32 MiB.
    public init(of password: String) {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<Self.saltLength).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        parameters = Parameters()
        self.salt = salt
        key = Self.derive(password, salt, parameters) ?? []
    }

    /// Reads what `description` writes; nothing when it is something else, or a check would cost more than 64 MiB or less than
    /// is safe.
    public init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        var numbers: [Substring: Int] = [:]
        for setting in parts[2].split(separator: ",") {
            let pair = setting.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, let number = Int(pair[1]) else { return nil }
            numbers[pair[0]] = number
        }
        guard let cost = numbers["ln"], let block = numbers["r"], let lanes = numbers["p"], numbers.count == 3,
            (14...16).contains(cost), block == 8, (1...4).contains(lanes), let salt = Self.decoded(parts[3]),
            let key = Self.decoded(parts[4]), (16...64).contains(salt.count), key.count == Self.keyLength
        else { return nil }
        parameters = Parameters(cost: cost, block: block, lanes: lanes)
        self.salt = salt
        self.key = key
    }

    /// Whether it is the hash of this password. It blocks for a tenth of a second and takes up to 64 MiB: not for an event
    /// loop, and not for many at once.
    public func matches(_ password: String) -> Bool {
        guard password.utf8.count <= Self.longest, let shown = Self.derive(password, salt, parameters) else {
            return false
        }
        return !key.isEmpty && areEqual(key, shown)
    }

    /// How it stands in a configuration, in the form of other programs (PHC): `$scrypt$ln=15,r=8,p=1$SALT$KEY`.
    public var description: String {
        "$scrypt$ln=\(parameters.cost),r=\(parameters.block),p=\(parameters.lanes)$\(Self.encoded(salt))$\(Self.encoded(key))"
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ parameters: Parameters) -> [UInt8]? {
        let (rounds, block, lanes) = (UInt64(1) << parameters.cost, UInt64(parameters.block), UInt64(parameters.lanes))
        // OpenSSL refuses what takes more: N and two more blocks, and one for each lane (EVP_PBE_scrypt(3)).
        let memory = 128 * block * (rounds + 2 + lanes)
        // No pointer stands for a password that was not given, so an empty one has one byte of room.
        let text = Array(password.utf8) + [0]
        var key = [UInt8](repeating: 0, count: keyLength)
        let isDerived = text.withUnsafeBytes { text in
            EVP_PBE_scrypt(
                text.baseAddress,
                text.count - 1,
                salt,
                salt.count,
                rounds,
                block,
                lanes,
                memory,
                &key,
                key.count
            )
        }
        return isDerived == 1 ? key : nil
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }

    private static func decoded(_ text: Substring) -> [UInt8]? {
        Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4)).map(Array.init)
    }
}

/// Secrets that this program makes.
public enum RandomSecret {
    /// 256 random bits as text that can stand in a header, a cookie and a file.
    public static func token() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// Proofs of having known a secret, that are good in this process only.
public struct ProcessSeal: Sendable {
    private let key: [UInt8]

    /// A seal of its own key.
    public init() {
        var generator = SystemRandomNumberGenerator()
        key = (0..<SHA256.length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// What stands for these texts; they cannot be told from it.
    public func seal(_ texts: String...) -> [UInt8] {
        var message: [UInt8] = []
        for text in texts {
            withUnsafeBytes(of: UInt64(text.utf8.count)) { message += $0 }
            message += text.utf8
        }
        return SHA256.filled { HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, $0, nil) != nil }
    }
}

/// What OpenSSL makes with SHA-256.
private enum SHA256 {
    static let length = 32

    /// The result of a call that writes it. It fails only where OpenSSL has no memory or no SHA-256 at all.
    static func filled(_ call: (UnsafeMutablePointer<UInt8>?) -> Bool) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { room, count in
            guard call(room.baseAddress) else { fatalError("OpenSSL cannot make a hash with SHA-256") }
            count = length
        }
    }
}

/// Compares without telling by the time it takes how much of the guess was right.
private func areEqual(_ secret: [UInt8], _ guess: [UInt8]) -> Bool {
    guard secret.count == guess.count else { return false }
    return zip(secret, guess).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
