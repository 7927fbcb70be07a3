/// The version of a message, as on the wire.
enum SNMPVersion: UInt8, Sendable {
    case v1 = 0
    case v2c = 1
    case v3 = 3
}

extension SNMPCredentials {
    var version: SNMPVersion {
        switch self {
        case .v1: .v1
        case .v2c: .v2c
        case .v3: .v3
        }
    }
}
