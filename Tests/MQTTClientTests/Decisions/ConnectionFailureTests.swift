import Glibc
import Testing

@testable import MQTTClient

@Suite("What errors about connections say")
struct ConnectionFailureTests {
    private func error(
        _ url: String = "mqtt://h",
        _ stage: ConnectionStage = .greeting,
        code: Int32 = 0,
        system: Int32 = 0,
        reason: Int32? = nil,
        version: ProtocolVersion = .v5,
        logged: String = "",
        certificateProblem: Int? = nil
    ) throws -> MQTTError {
        let broker = try BrokerAddress(url)
        var configuration = MQTTConfiguration(brokers: [broker], clientID: "agent-1")
        configuration.username = "busbar"
        configuration.password = MQTTPassword("secret")
        if broker.usesTLS { configuration.tls = TLSSettings(caFile: "ca.pem") }
        let attempt = ConnectionAttempt(broker: broker, version: version)
        let failure = ConnectionFailure(
            context: FailureContext(configuration, attempt),
            stage: stage,
            result: LibraryResult(code: code, systemError: system),
            reason: reason,
            loggedErrors: logged.isEmpty ? [] : [logged],
            certificateProblem: certificateProblem
        )
        #expect(!failure.error.message.contains("secret"))
        return failure.error
    }

    @Test(
        "A refusal by the broker is told in words of the configuration",
        arguments: [
            (.v5, 135, .badCredentials, "refused the user 'busbar': check the MQTT user name and password"),
            (.v5, 134, .badCredentials, "'busbar'"), (.v311, 4, .badCredentials, "'busbar'"),
            (.v311, 5, .badCredentials, "'busbar'"), (.v5, 133, .identifierRefused, "'agent-1'"),
            (.v311, 2, .identifierRefused, "'agent-1'"), (.v5, 132, .protocolRefused, "MQTT 5"),
            (.v311, 1, .protocolRefused, "MQTT 3.1.1"), (.v311, 3, .unavailable, "now"),
            (.v5, 136, .unavailable, "code 136"), (.v5, 137, .unavailable, "code 137"),
            (.v5, 138, .refused, "code 138"),
            (.v5, 199, .refused, "code 199"), (.v311, 77, .refused, "code 77"),
        ] as [(ProtocolVersion, Int32, MQTTError.Code, String)]
    )
    func refusals(version: ProtocolVersion, reason: Int32, code: MQTTError.Code, text: String) throws {
        let error = try error(reason: reason, version: version)
        #expect(error.code == code)
        #expect(error.message.contains(text))
    }

    @Test(
        "A failure on the way to the broker says what to look at",
        arguments: [
            (.systemError, ECONNREFUSED, .connectionRefused, "is the broker running there?"),
            (.systemError, EHOSTUNREACH, .unreachable, "cannot be reached: No route to host"),
            (.systemError, ETIMEDOUT, .timeout, "firewall"),
            (.systemError, ECONNRESET, .closedBeforeAnswer, "mqtts://"),
            (.systemError, EMFILE, .system, "LimitNOFILE"), (.connectionLost, 0, .closedBeforeAnswer, "mqtts://"),
            (.protocolError, 0, .closedBeforeAnswer, "not MQTT"), (.nameLookup, -2, .hostNotFound, "host 'h'"),
            (.keepAliveMissed, 0, .timeout, "is it an MQTT broker?"),
        ] as [(Int32, Int32, MQTTError.Code, String)]
    )
    func connecting(code: Int32, system: Int32, expected: MQTTError.Code, text: String) throws {
        let error = try error(code: code, system: system)
        #expect(error.code == expected)
        #expect(error.message.contains(text))
    }

    @Test(
        "A failure of TLS says whose certificate is wrong",
        arguments: [
            ("certificate verify failed", 20, "is not signed by the CA in ca.pem"),
            ("certificate verify failed", 19, "is not signed by the CA in ca.pem"),
            ("certificate verify failed", 10, "has expired"), ("certificate verify failed", 9, "not valid yet"),
            ("certificate verify failed", 99, "OpenSSL's error 99"),
            ("certificate verify failed", nil, "not signed by the CA in ca.pem, or it has expired"),
            ("certificate verify failed", 62, "is for another host name"),
            ("certificate verify failed", 64, "is for another host name"),
            ("tlsv13 alert certificate required", nil, "requires a client certificate"),
            ("tlsv1 alert unknown ca", nil, "does not accept our client certificate"),
            ("Error: Unable to load client key file \"k\".", nil, "our client certificate cannot be used"),
            ("wrong version number", nil, "if it is not a TLS port use mqtt://"),
            ("OpenSSL Error[0]: something else", nil, "something else"),
        ] as [(String, Int?, String)]
    )
    func tls(logged: String, problem: Int?, text: String) throws {
        let error = try error("mqtts://h", code: .tlsError, logged: logged, certificateProblem: problem)
        #expect(error.message.contains(text))
        #expect(error.code == (text.contains("use mqtt://") ? .closedBeforeAnswer : .tls))
    }

    @Test(
        "The loss of a connection tells who ended it",
        arguments: [
            (.connectionLost, 0, nil, .connectionLost, "closed the connection"),
            (.keepAliveMissed, 0, nil, .connectionLost, "does not answer any more"),
            (.protocolError, 0, nil, .protocolViolation, "not MQTT"),
            (.systemError, ECONNRESET, nil, .connectionLost, "reset"),
            (0, 0, 142, .takenOver, "'agent-1'"), (0, 0, 139, .connectionLost, "code 139"),
        ] as [(Int32, Int32, Int32?, MQTTError.Code, String)]
    )
    func losses(code: Int32, system: Int32, reason: Int32?, expected: MQTTError.Code, text: String) throws {
        let error = try error("mqtt://h", .established, code: code, system: system, reason: reason)
        #expect(error.code == expected)
        #expect(error.message.contains(text))
    }
}
