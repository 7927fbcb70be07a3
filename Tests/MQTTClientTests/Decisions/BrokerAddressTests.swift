import MQTTClient
import Testing

@Suite("Broker addresses")
struct BrokerAddressTests {
    @Test(
        "An address is read and written back with its port",
        arguments: [
            ("mqtt://127.0.0.1:1883", "127.0.0.1", 1883, false, "mqtt://127.0.0.1:1883"),
            ("mqtt://broker.example", "broker.example", 1883, false, "mqtt://broker.example:1883"),
            ("mqtts://broker.example", "broker.example", 8883, true, "mqtts://broker.example:8883"),
            ("MQTTS://broker.example:443/", "broker.example", 443, true, "mqtts://broker.example:443"),
            ("mqtt://[::1]", "::1", 1883, false, "mqtt://[::1]:1883"),
            ("mqtt://[fe80::1%eth0]:2000", "fe80::1%eth0", 2000, false, "mqtt://[fe80::1%eth0]:2000"),
        ] as [(String, String, UInt16, Bool, String)]
    )
    func good(text: String, host: String, port: UInt16, usesTLS: Bool, description: String) throws {
        let address = try BrokerAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.usesTLS == usesTLS)
        #expect(address.description == description)
    }

    @Test(
        "What is no address is refused with what would be right",
        arguments: [
            "", "broker", "127.0.0.1:1883", "http://broker", "mqtt://", "mqtt://:1883", "mqtt://a:0", "mqtt://a:65536",
            "mqtt://a:x", "mqtt://a:+1", "mqtt://a:", "mqtt://a:1883/topic", "mqtt://a?x", "mqtt://::1", "mqtt://[::1",
            "mqtt://[::1]x:1", "mqtt://a b", "mqtt://a\0b", "mqtt://[]:1", "mqtt://a:１",
        ]
    )
    func bad(text: String) {
        let error = #expect(throws: MQTTError.self) { try BrokerAddress(text) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("mqtt://broker.example:1883") == true)
    }

    @Test("An address with a password in it is refused without repeating it")
    func password() {
        let error = #expect(throws: MQTTError.self) { try BrokerAddress("mqtt://busbar:secret@broker") }
        #expect(error?.message.contains("secret") == false)
    }
}
