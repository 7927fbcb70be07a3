import Logging

extension SNMPEngine {
    /// Reads what a socket has.
    func receive(fromSocket index: Int) {
        guard let socket = socket(index), let inbox else { return }
        socket.receive(into: inbox) { datagram, source in
            receive(datagram, from: source)
        }
    }

    /// Finds the request that a datagram answers; anything that answers none is ignored.
    private func receive(_ datagram: UnsafeMutableBufferPointer<UInt8>, from source: SocketAddress) {
        guard let (version, id) = MessageCodec.peek(datagram), let exchange = exchangesOnTheWire[id] else { return }
        let session = exchange.session
        // net-snmp itself believes answers from anywhere. The port may differ: some devices answer from another one.
        let sender = session.candidates.first { $0.isSameHost(as: source) }
        guard let sender, session.target.credentials.version == version, let codec else {
            logger.debug("SNMP answer from elsewhere ignored", metadata: metadata(session))
            return
        }
        let user = exchange.operation == nil ? nil : session.user
        let answer: Answer
        do {
            answer = try codec.read(datagram, for: user, answering: exchange.operation)
        } catch {
            exchange.heardNonsense = true
            logger.debug("unreadable SNMP answer ignored", metadata: metadata(session))
            return
        }
        // This is where the device is.
        if session.candidates.count > 1 { session.candidates = [sender] }
        if exchange.operation == nil {
            engineAnswered(answer, exchange)
        } else if let report = answer.report {
            engineRefused(report, engineIsNew: answer.engineIsNew, try: id, exchange)
        } else if answer.requestID == exchange.requestID {
            deviceAnswered(answer, exchange)
        }
    }

    private func deviceAnswered(_ answer: Answer, _ exchange: Exchange) {
        guard let operation = exchange.operation else { return }
        let session = exchange.session
        session.hasOnlyTheEngineAnswered = false
        let check = AnswerCheck(
            operation: operation,
            version: session.target.credentials.version,
            errors: session.errors
        )
        finish(exchange, check.result(answer).map { SNMPReply($0, tries: exchange.progress.triesNeeded) })
    }

    /// A version 3 engine has said who it is, with the report that it does not know the (empty) engine ID.
    private func engineAnswered(_ answer: Answer, _ exchange: Exchange) {
        let session = exchange.session
        guard answer.report != nil, answer.engineIsNew, adoptEngine(session) else {
            finish(exchange, .failure(session.errors.refusal(answer.report ?? .other(nil))))
            return
        }
        session.hasOnlyTheEngineAnswered = true
        finish(exchange, .success(SNMPReply([])))
    }

    /// A version 3 engine has refused a request unread: for a reason that can be put right, or for good.
    private func engineRefused(_ report: EngineReport, engineIsNew: Bool, try id: Int32, _ exchange: Exchange) {
        let session = exchange.session
        switch report {
        case .unknownEngine:
            // The unit was replaced or reset. Of several requests under way only the first one's refusal is news.
            if engineIsNew {
                logger.debug("the device has a new SNMP engine ID", metadata: metadata(session))
                guard adoptEngine(session) else { return finish(exchange, .failure(session.errors.refusal(report))) }
            }
        case .notInTimeWindow:
            // The refusal brought the device's clock.
            break
        default:
            return finish(exchange, .failure(session.errors.refusal(report)))
        }
        // A refusal that comes twice, or of a try that has been followed by another, is answered by that other already.
        guard id == exchange.wireIDs.last else { return }
        switch exchange.progress.corrected() {
        case .send: transmit(exchange)
        case .giveUp: finish(exchange, .failure(session.errors.refusal(report)))
        }
    }

    /// Takes over the engine that the answer read last came from.
    private func adoptEngine(_ session: SessionState) -> Bool {
        guard let user = session.user, let codec, codec.adoptEngine(user) else { return false }
        if let other = engineIDs.claim(user.engineID, session: session.id, address: session.candidates[0]) {
            var metadata = metadata(session)
            metadata["other"] = "\(other)"
            logger.warning(
                "two devices have the same SNMP engine ID; both work, but should get different ones",
                metadata: metadata
            )
        }
        return true
    }

    private func metadata(_ session: SessionState) -> Logger.Metadata {
        ["device": "\(session.target.label.isEmpty ? session.target.host : session.target.label)"]
    }
}
