import CMosquitto

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
        // MQTT 3.1.1 has only 128 for all failures.
        if reason == 135 || reason == 128 {
            return MQTTError(
                .notAuthorised,
                "the broker does not let us subscribe to '\(filter)': check its access control list"
            )
        }
        return MQTTError(.refused, "the broker refused the subscription to '\(filter)': \(words(reason, .v5))")
    }

    private static func words(_ reason: Int32, _ version: ProtocolVersion) -> String {
        let text = version == .v5 ? mosquitto_reason_string(reason) : mosquitto_connack_string(reason)
        return "\(text.map { String(cString: $0) } ?? "unknown reason") (code \(reason))"
    }
}
