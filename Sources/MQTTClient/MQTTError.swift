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
        /// The message was dropped from a full queue in favour of newer ones.
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
