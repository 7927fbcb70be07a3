import CSNMPShim

/// Why a version 3 engine refused a message (RFC 3414, section 3.2; RFC 3412, section 7).
enum EngineReport: Sendable, Equatable {
    case unsupportedSecurityLevel
    case notInTimeWindow
    case unknownUser
    case unknownEngine
    case wrongDigest
    case decryptionError
    /// Any other, by its object.
    case other(OID?)

    /// A report from its kind and its objects; nil when the message is none.
    init?(kind: UInt8, varBinds: [VarBind]) {
        switch Int(kind) {
        case CSNMP_REPORT_NONE: return nil
        case CSNMP_REPORT_UNSUPPORTED_LEVEL: self = .unsupportedSecurityLevel
        case CSNMP_REPORT_NOT_IN_TIME_WINDOW: self = .notInTimeWindow
        case CSNMP_REPORT_UNKNOWN_USER: self = .unknownUser
        case CSNMP_REPORT_UNKNOWN_ENGINE: self = .unknownEngine
        case CSNMP_REPORT_WRONG_DIGEST: self = .wrongDigest
        case CSNMP_REPORT_DECRYPTION_ERROR: self = .decryptionError
        default: self = .other(varBinds.first?.oid)
        }
    }

    /// The counter's name in its MIB, or its object identifier.
    var name: String {
        switch self {
        case .unsupportedSecurityLevel: "usmStatsUnsupportedSecLevels"
        case .notInTimeWindow: "usmStatsNotInTimeWindows"
        case .unknownUser: "usmStatsUnknownUserNames"
        case .unknownEngine: "usmStatsUnknownEngineIDs"
        case .wrongDigest: "usmStatsWrongDigests"
        case .decryptionError: "usmStatsDecryptionErrors"
        case .other(let oid):
            switch oid {
            // SNMP-MPD-MIB and SNMP-TARGET-MIB (RFC 3412, RFC 3413).
            case [1, 3, 6, 1, 6, 3, 11, 2, 1, 1, 0]: "snmpUnknownSecurityModels"
            case [1, 3, 6, 1, 6, 3, 11, 2, 1, 2, 0]: "snmpInvalidMsgs"
            case [1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0]: "snmpUnknownPDUHandlers"
            case [1, 3, 6, 1, 6, 3, 12, 1, 4, 0]: "snmpUnavailableContexts"
            case [1, 3, 6, 1, 6, 3, 12, 1, 5, 0]: "snmpUnknownContexts"
            case .some(let other): other.description
            case nil: "unnamed"
            }
        }
    }
}
