import CSNMPShim

/// Makes and reads messages, with net-snmp; used on the executor only.
final class MessageCodec {
    /// Why a message could not be read.
    enum ReadFailure: Error, Equatable {
        case malformed
        /// Version 3: not from the engine and user that were asked, or not readable with their keys.
        case notAuthentic
    }

    /// Whom a message is for.
    enum Recipient {
        case community(SNMPVersion, SNMPSecret)
        case user(UserContext)
        /// A version 3 engine that is asked who it is.
        case unknownEngine

        var version: SNMPVersion {
            if case .community(let version, _) = self { version } else { .v3 }
        }
    }

    private let pointer: OpaquePointer
    private var list = VarBindList()

    init?() {
        guard let pointer = csnmp_codec_create() else { return nil }
        self.pointer = pointer
    }

    deinit {
        csnmp_codec_destroy(pointer)
    }

    /// Makes a message and lends it; gives nil when it does not fit into a datagram or cannot be made.
    ///
    /// Without an operation it asks a version 3 engine who it is: a GET of nothing.
    func withMessage<Result>(
        _ operation: Operation?,
        for recipient: Recipient,
        requestID: Int32,
        messageID: Int32,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result? {
        list.fill(operation?.varBinds ?? [])
        return list.withRaw { varbinds in
            var request = csnmp_request()
            request.version = recipient.version.rawValue
            request.command = operation?.command ?? UInt8(CSNMP_GET)
            request.request_id = requestID
            request.message_id = messageID
            request.varbinds = varbinds
            if case .getBulk(let nonRepeaters, let maxRepetitions) = operation?.kind {
                request.non_repeaters = Int32(clamping: nonRepeaters)
                request.max_repetitions = Int32(clamping: maxRepetitions)
            }
            switch recipient {
            case .community(_, let community):
                var text = community.revealed
                return text.withUTF8 { bytes in
                    request.community = bytes.baseAddress
                    request.community_length = bytes.count
                    return encode(&request, body)
                }
            case .user(let context):
                request.peer = context.pointer
                return withExtendedLifetime(context) { encode(&request, body) }
            case .unknownEngine:
                return encode(&request, body)
            }
        }
    }

    private func encode<Result>(
        _ request: inout csnmp_request,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result? {
        var start: UnsafePointer<UInt8>?
        var length = 0
        guard csnmp_encode(pointer, &request, &start, &length) == CSNMP_OK else { return nil }
        return body(UnsafeBufferPointer(start: start, count: length))
    }

    /// What a datagram says of itself, not verified: its version and which request it answers.
    static func peek(_ datagram: UnsafeMutableBufferPointer<UInt8>) -> (version: SNMPVersion, id: Int32)? {
        var version: UInt8 = 0
        var id: Int32 = 0
        guard csnmp_peek(datagram.baseAddress, datagram.count, &version, &id) == CSNMP_OK,
            let known = SNMPVersion(rawValue: version)
        else { return nil }
        return (known, id)
    }

    /// Reads an answer, in version 3 as the user whose request it answers; without a user, of an engine asked who it is.
    /// - Parameter operation: What was asked; nothing where an engine was asked who it is.
    func read(
        _ datagram: UnsafeMutableBufferPointer<UInt8>,
        for user: UserContext?,
        answering operation: Operation?
    ) throws(ReadFailure) -> Answer {
        var message = csnmp_message()
        let outcome = withExtendedLifetime(user) {
            csnmp_decode(pointer, datagram.baseAddress, datagram.count, user?.pointer, &message)
        }
        switch outcome {
        case Int32(CSNMP_OK): break
        case Int32(CSNMP_NOT_AUTHENTIC): throw .notAuthentic
        default: throw .malformed
        }
        let varBinds = message.varbinds.copied(asked: operation?.varBinds ?? [])
        return Answer(
            requestID: message.request_id,
            errorStatus: message.error_status,
            errorIndex: message.error_index,
            report: EngineReport(kind: message.report, varBinds: varBinds),
            engineIsNew: message.engine_is_new,
            varBinds: varBinds
        )
    }

    /// Makes the engine of the message read last the user's, with its clock; false when the keys do not fit.
    func adoptEngine(_ user: UserContext) -> Bool {
        withExtendedLifetime(user) { csnmp_peer_adopt(user.pointer, pointer) == CSNMP_OK }
    }
}
