import Testing

@testable import MQTTClient

@Suite("Configurations")
struct ConfigurationTests {
    private func problem(
        _ url: String = "mqtt://h",
        _ change: (inout MQTTConfiguration) throws -> Void
    ) throws -> String? {
        var configuration = MQTTConfiguration(brokers: [try BrokerAddress(url)], clientID: "a")
        try change(&configuration)
        do throws(MQTTError) {
            try configuration.validate()
            return nil
        } catch {
            #expect(!error.message.contains("secret"))
            return error.message
        }
    }

    @Test("The default is valid")
    func valid() throws { #expect(try problem { _ in } == nil) }

    @Test("What makes no sense is refused")
    func invalid() throws {
        #expect(try problem { $0.brokers = [] } != nil)
        #expect(try problem { $0.clientID = "" } != nil)
        #expect(try problem { $0.clientID = "a\0" } != nil)
        #expect(try problem { $0.password = MQTTPassword("secret") } != nil)
        #expect(try problem { ($0.username, $0.password) = ("u", MQTTPassword("secret\0")) } != nil)
        #expect(try problem { $0.keepAlive = .seconds(4) } != nil)
        #expect(try problem { $0.keepAlive = .seconds(65_536) } != nil)
        #expect(try problem { $0.connectTimeout = .zero } != nil)
        #expect(try problem { $0.maximumInflight = 0 } != nil)
        #expect(try problem { $0.maximumInflight = 65_536 } != nil)
        #expect(try problem { $0.maximumWaitingMessages = 0 } != nil)
        #expect(try problem { $0.maximumPayload = -1 } != nil)
        #expect(try problem { $0.subscriptions = [Subscription("a/#/b")] } != nil)
        #expect(try problem { $0.lastWill = LastWill(topic: "a/+", payload: []) } != nil)
        #expect(try problem { $0.lastWill = LastWill(topic: "a", payload: Array(repeating: 0, count: 65_536)) } != nil)
        #expect(try problem("mqtts://h") { $0.tls = TLSSettings(certificateFile: "c") } != nil)
        #expect(try problem("mqtts://h") { $0.tls = TLSSettings(caFile: "") } != nil)
    }

    @Test("TLS settings for a broker that is not encrypted are an error, not a silently plain connection")
    func plainDespiteTLS() throws {
        let problem = try problem("mqtts://h") {
            $0.tls = TLSSettings(caFile: "ca.pem")
            $0.brokers.append(try BrokerAddress("mqtt://other"))
        }
        #expect(problem?.contains("mqtt://other:1883 is not encrypted") == true)
    }

    @Test("A password does not show itself")
    func password() {
        let password = MQTTPassword("secret")
        var dumped = ""
        dump(password, to: &dumped)
        for text in ["\(password)", String(reflecting: password), dumped, String(describing: [password])] {
            #expect(!text.contains("secret"))
        }
    }

    @Test(
        "Topic filters are told from what is none",
        arguments: [
            ("a", true), ("#", true), ("+", true), ("a/+/b", true), ("a/#", true), ("/", true), ("$share/g/a/#", true),
            ("", false), ("a#", false), ("a/#/b", false), ("a+/b", false), ("a/b+", false), ("a\0", false),
            ("a/##", false), (String(repeating: "x", count: 65_536), false),
        ]
    )
    func filters(filter: String, isValid: Bool) { #expect(Topic.isValidFilter(filter) == isValid) }
}
