import ArgumentParser
import SNMPClient

/// An authentication protocol on the command line.
enum SNMPAuthArgument: String, CaseIterable, ExpressibleByArgument {
    case md5 = "MD5"
    case sha = "SHA"
    case sha224 = "SHA-224"
    case sha256 = "SHA-256"
    case sha384 = "SHA-384"
    case sha512 = "SHA-512"

    var algorithm: AuthenticationProtocol {
        switch self {
        case .md5: .md5
        case .sha: .sha
        case .sha224: .sha224
        case .sha256: .sha256
        case .sha384: .sha384
        case .sha512: .sha512
        }
    }
}
