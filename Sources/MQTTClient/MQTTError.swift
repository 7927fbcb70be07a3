import CMosquitto

/// Why something about MQTT did not work.
public struct MQTTError: Error, Sendable, Hashable {
    /// What kind of failure it is, as far as a caller or a metric tells them apart.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The configuration makes no sense, or a file that it names cannot be read.
        case invalidConfiguration
        /// A message cannot be sent by anybody: a bad topic, too long.
        case invalidMessage
        /// No room for a retained message on one more topic.
        case queueFull
        /// The message was dropped: from a full queue in favour of newer ones, or because the last will has overtaken it.
        case dropped
        /// The client has been stopped.
        case stopped
        /// The waiting task was cancelled; the message may still be sent.
        case cancelled
        /// The broker refused the user, the password or the client certificate.
        case badCredentials
        /// The broker refused the client id.
        case identifierRefused
        /// The broker does not speak the version of the protocol.
        case protocolRefused
        /// The broker's access control refused a publish or a subscription.
        case notAuthorised
        /// The broker is there and does not want us now.
        case unavailable
        /// TLS could not be agreed on, or a certificate did not pass.
        case tls
        /// The host's name is not known.
        case hostNotFound
        /// Nobody listens there.
        case connectionRefused
        /// The host cannot be reached.
        case unreachable
        /// Nobody answered in time.
        case timeout
        /// The broker ended the connection before it had answered the greeting.
        case closedBeforeAnswer
        /// An established connection broke.
        case connectionLost
        /// Another client with our client id took our place.
        case takenOver
        /// The broker refused a message or a subscription for another reason.
        case refused
        /// The broker broke the rules of MQTT.
        case protocolViolation
        /// The operating system refused something, as a file descriptor.
        case system
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, to whom, and what to do about it; never holds a password.
    public let message: String

    /// An error with its explanation.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether trying again soon is of no use because somebody has to change something first.
    public var needsAttention: Bool {
        switch code {
        case .invalidConfiguration, .badCredentials, .identifierRefused, .protocolRefused, .tls: true
        case .invalidMessage, .queueFull, .dropped, .stopped, .cancelled, .notAuthorised, .unavailable, .hostNotFound,
            .connectionRefused, .unreachable, .timeout, .closedBeforeAnswer, .connectionLost, .takenOver, .refused,
            .protocolViolation, .system:
            false
        }
    }
}

extension MQTTError: CustomStringConvertible {
    /// The message; the code is for programs.
    public var description: String { message }
}

/// The reason codes of MQTT 5 and the return codes of MQTT 3.1.1, in words.
enum ReasonCode {
    /// From here on a code is a failure.
    static let failure: Int32 = 128

    /// Why a broker did not let us in.
    static func refusedConnection(_ reason: Int32, _ context: FailureContext) -> MQTTError {
        let broker = context.attempt.broker
        switch (context.attempt.version, reason) {
        case (.v5, 134), (.v5, 135), (.v311, 4), (.v311, 5):
            let who = context.username.map { "the user '\($0)'" } ?? "a client without a user name"
            let certificate = context.hasCertificate ? ", or the client certificate" : ""
            return MQTTError(
                .badCredentials,
                "\(broker) refused \(who): check the MQTT user name and password\(certificate)"
            )
        case (.v5, 133), (.v311, 2):
            return MQTTError(
                .identifierRefused,
                "\(broker) refused the client id '\(context.clientID)': choose another one"
            )
        case (.v5, 132), (.v311, 1):
            return MQTTError(
                .protocolRefused,
                "\(broker) does not speak MQTT \(context.attempt.version.rawValue): set the MQTT protocol to auto"
            )
        case (.v5, 136), (.v5, 137), (.v5, 156), (.v5, 157), (.v5, 159), (.v311, 3):
            return MQTTError(
                .unavailable,
                "\(broker) takes no connections now (\(words(reason, context.attempt.version)))"
            )
        default:
            return MQTTError(.refused, "\(broker) refused the connection: \(words(reason, context.attempt.version))")
        }
    }

    /// Why a broker ended an established connection.
    static func endedConnection(_ reason: Int32, _ context: FailureContext) -> MQTTError {
        let broker = context.attempt.broker
        if reason == 142 {
            return MQTTError(
                .takenOver,
                "\(broker) gave our place to another client with the client id '\(context.clientID)': "
                    + "give each client an id of its own"
            )
        }
        return MQTTError(.connectionLost, "\(broker) ended the connection: \(words(reason, .v5))")
    }

    /// Why a broker refused a message.
    static func refusedPublish(_ reason: Int32, topic: String) -> MQTTError {
        if reason == 135 {
            return MQTTError(
                .notAuthorised,
                "the broker does not let us publish to '\(topic)': check its access control list"
            )
        }
        return MQTTError(.refused, "the broker refused a message to '\(topic)': \(words(reason, .v5))")
    }

    /// Why a broker refused a subscription.
    static func refusedSubscription(_ reason: Int32, filter: String) -> MQTTError {
        let refused = "the broker does not let us subscribe to '\(filter)'"
        if reason == 135 { return MQTTError(.notAuthorised, "\(refused): check its access control list") }
        // MQTT 3.1.1 has only this one for all failures.
        if reason == ReasonCode.failure {
            let advice = "check its access control list, and that all nodes of its cluster run"
            return MQTTError(.notAuthorised, "\(refused) and gives no reason: \(advice)")
        }
        return MQTTError(.refused, "the broker refused the subscription to '\(filter)': \(words(reason, .v5))")
    }

    private static func words(_ reason: Int32, _ version: ProtocolVersion) -> String {
        let text = version == .v5 ? mosquitto_reason_string(reason) : mosquitto_connack_string(reason)
        return "\(text.map { String(cString: $0) } ?? "unknown reason") (code \(reason))"
    }
}
