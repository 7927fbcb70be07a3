import CMosquitto

/// The outcome of a call to libmosquitto, with the system's error number of that moment.
struct LibraryResult: Sendable, Equatable {
    var code: Int32
    var systemError: Int32

    static let success = LibraryResult(code: 0, systemError: 0)
    static let lost = LibraryResult(code: .connectionLost, systemError: 0)

    var isSuccess: Bool { code == 0 }

    /// Whether a publish was refused because of the message itself, so that sending it again is of no use.
    var blamesMessage: Bool {
        [
            .invalidArgument, .malformedText, .payloadSize, .oversizePacket, .unsupported, .unsupportedQoS,
            .duplicateProperty,
        ]
        .contains(code)
    }
}

extension Int32 {
    static let protocolError = Int32(MOSQ_ERR_PROTOCOL.rawValue)
    static let invalidArgument = Int32(MOSQ_ERR_INVAL.rawValue)
    static let connectionLost = Int32(MOSQ_ERR_CONN_LOST.rawValue)
    static let tlsError = Int32(MOSQ_ERR_TLS.rawValue)
    static let payloadSize = Int32(MOSQ_ERR_PAYLOAD_SIZE.rawValue)
    static let unsupported = Int32(MOSQ_ERR_NOT_SUPPORTED.rawValue)
    static let systemError = Int32(MOSQ_ERR_ERRNO.rawValue)
    static let nameLookup = Int32(MOSQ_ERR_EAI.rawValue)
    static let malformedText = Int32(MOSQ_ERR_MALFORMED_UTF8.rawValue)
    static let keepAliveMissed = Int32(MOSQ_ERR_KEEPALIVE.rawValue)
    static let malformedPacket = Int32(MOSQ_ERR_MALFORMED_PACKET.rawValue)
    static let duplicateProperty = Int32(MOSQ_ERR_DUPLICATE_PROPERTY.rawValue)
    static let unsupportedQoS = Int32(MOSQ_ERR_QOS_NOT_SUPPORTED.rawValue)
    static let oversizePacket = Int32(MOSQ_ERR_OVERSIZE_PACKET.rawValue)
}
