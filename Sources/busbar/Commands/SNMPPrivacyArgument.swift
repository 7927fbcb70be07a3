import ArgumentParser
import SNMPClient

/// A privacy protocol on the command line.
enum SNMPPrivacyArgument: String, CaseIterable, ExpressibleByArgument {
    case des = "DES"
    case aes = "AES"
    case aes192 = "AES-192"
    case aes256 = "AES-256"

    var algorithm: PrivacyProtocol {
        switch self {
        case .des: .des
        case .aes: .aes128
        case .aes192: .aes192
        case .aes256: .aes256
        }
    }
}
