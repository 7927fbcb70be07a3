import CMosquitto
import Glibc

/// Everything that is known about why a connection failed or ended, made into one error.
struct ConnectionFailure: Sendable {
    var context: FailureContext
    var stage: ConnectionStage
    var result: LibraryResult
    /// The broker's own reason.
    var reason: Int32?
    /// What the library logged.
    var loggedErrors: [String] = []
    /// What OpenSSL found wrong with the broker's certificate.
    var certificateProblem: Int?

    var error: MQTTError {
        if let reason {
            if stage != .established { return ReasonCode.refusedConnection(reason, context) }
            return ReasonCode.endedConnection(reason, context)
        }
        return stage == .established ? lossOfConnection : tlsError ?? failureToConnect
    }

    private var broker: BrokerAddress { context.attempt.broker }

    private var lossOfConnection: MQTTError {
        switch result.code {
        case .keepAliveMissed:
            MQTTError(.connectionLost, "\(broker) does not answer any more: the connection is given up")
        case .protocolError, .malformedPacket:
            MQTTError(.protocolViolation, "\(broker) sent something that is not MQTT: the connection is given up")
        case .systemError where result.systemError != 0:
            MQTTError(.connectionLost, "the connection to \(broker) broke: \(words(result.systemError))")
        default:
            MQTTError(.connectionLost, "\(broker) closed the connection")
        }
    }

    private var failureToConnect: MQTTError {
        switch result.code {
        case .nameLookup:
            MQTTError(
                .hostNotFound,
                "no address is known for the broker's host '\(broker.host)': "
                    + "\(gai_strerror(result.systemError).map { String(cString: $0) } ?? "name look-up failed")"
            )
        case .systemError: systemFailure
        case .keepAliveMissed:
            MQTTError(
                .timeout,
                stage == .reaching
                    ? "\(broker) cannot be reached: no answer in time; is the host up and no firewall between?"
                    : "\(broker) takes the connection but does not answer: is it an MQTT broker?"
            )
        case .protocolError, .malformedPacket:
            MQTTError(
                .closedBeforeAnswer,
                "\(broker) answers with something that is not MQTT: is the port right?"
            )
        default: closedBeforeAnswer
        }
    }

    private var systemFailure: MQTTError {
        switch result.systemError {
        case ECONNREFUSED:
            MQTTError(.connectionRefused, "nobody listens at \(broker): is the broker running there?")
        case ECONNRESET, EPIPE, EPROTO:
            closedBeforeAnswer
        case ETIMEDOUT:
            MQTTError(
                .timeout,
                "\(broker) cannot be reached: no answer in time; is the host up and no firewall between?"
            )
        case EMFILE, ENFILE:
            MQTTError(.system, "no file descriptor for the connection to \(broker): raise LimitNOFILE")
        default:
            MQTTError(.unreachable, "\(broker) cannot be reached: \(words(result.systemError))")
        }
    }

    private var closedBeforeAnswer: MQTTError {
        if context.hasSpoken {
            return MQTTError(
                .closedBeforeAnswer,
                "\(broker) closed the connection without an answer; it let us in before, so it is probably starting "
                    + "or stopping"
            )
        }
        return MQTTError(
            .closedBeforeAnswer,
            broker.usesTLS
                ? "\(broker) closed the connection during the TLS handshake: if it is not a TLS port use mqtt://"
                : "\(broker) closed the connection without an answer: if it is a TLS port use mqtts://"
        )
    }

    /// libmosquitto tells what is wrong with TLS only in what it logs.
    private var tlsError: MQTTError? {
        guard broker.usesTLS else { return nil }
        let logged = loggedErrors.joined(separator: "; ")
        if logged.contains("certificate verify failed") {
            return MQTTError(.tls, certificateError)
        }
        if logged.contains("client key") || logged.contains("certificate/key are inconsistent")
            || logged.contains("client certificate \"")
        {
            return MQTTError(
                .tls,
                "our client certificate cannot be used: certificate and key must be PEM files that belong together, "
                    + "the key without a passphrase"
            )
        }
        if logged.contains("load CA certificates") {
            return MQTTError(.tls, "the CA file \(context.caFile ?? "") holds no certificate in PEM form")
        }
        if logged.contains("alert certificate required") || logged.contains("alert handshake failure") {
            return MQTTError(
                .tls,
                context.hasCertificate
                    ? "\(broker) refused the TLS handshake; perhaps it does not accept our client certificate"
                    : "\(broker) refused the TLS handshake; it probably requires a client certificate"
            )
        }
        if logged.contains("alert unknown ca") || logged.contains("alert bad certificate")
            || logged.contains("alert certificate")
        {
            return MQTTError(
                .tls,
                "\(broker) does not accept our client certificate: is it signed by its CA and not expired?"
            )
        }
        if logged.contains("wrong version number") || logged.contains("unexpected eof") {
            return closedBeforeAnswer
        }
        guard result.code == .tlsError || logged.contains("OpenSSL Error") else { return nil }
        return MQTTError(.tls, "TLS with \(broker) failed: \(logged.isEmpty ? "no reason is known" : logged)")
    }

    private var certificateError: String {
        let authority = context.caFile.map { "the CA in \($0)" } ?? "an authority that this system trusts"
        switch certificateProblem {
        case 9: return "the certificate of \(broker) is not valid yet: check the clocks of both hosts"
        case 10: return "the certificate of \(broker) has expired: renew it, or check the clock of this host"
        case 62, 64:
            return "the certificate of \(broker) is for another host name: use the name in the certificate as the host"
        case 2, 18, 19, 20, 21: return "the certificate of \(broker) is not signed by \(authority)"
        case let number?: return "the certificate of \(broker) did not pass the check (OpenSSL's error \(number))"
        case nil: return "the certificate of \(broker) is not signed by \(authority), or it has expired"
        }
    }

    private func words(_ systemError: Int32) -> String { String(cString: strerror(systemError)) }
}

/// One try to connect: where and how.
struct ConnectionAttempt: Sendable, Equatable {
    var broker: BrokerAddress
    var version: ProtocolVersion
}

/// How far a connection has got.
enum ConnectionStage: Sendable, Equatable {
    /// TCP is being set up.
    case reaching
    /// TLS and the greeting.
    case greeting
    /// The broker has let us in.
    case established
    /// We have said goodbye, and the library has yet to write it.
    case leaving
    /// The goodbye is written; the broker is to close the connection.
    case left
}

/// What an error about a connection may mention. No password is in it.
struct FailureContext: Sendable {
    var attempt: ConnectionAttempt
    var username: String?
    var clientID: String
    var caFile: String?
    var hasCertificate: Bool
    /// Whether this broker has let us in before, so that the kind of its port is right.
    var hasSpoken: Bool

    init(_ configuration: MQTTConfiguration, _ attempt: ConnectionAttempt, hasSpoken: Bool = false) {
        self.hasSpoken = hasSpoken
        self.attempt = attempt
        username = configuration.username
        clientID = configuration.clientID
        caFile = configuration.tls?.caFile
        hasCertificate = configuration.tls?.certificateFile != nil
    }
}
