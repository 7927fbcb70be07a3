import LocalServices
import MQTTClient
import TestSupport
import Testing

@Suite("TLS", .timeLimit(.minutes(10)))
struct TLSTests {
    /// The broker by its address and by its name.
    private static let hosts = ["127.0.0.1", "localhost"]

    private func broker(
        _ certificates: Certificates,
        certificate: String = "broker",
        requiresClientCertificate: Bool = false
    ) async throws -> (Mosquitto, Int) {
        let tls = MosquittoConfiguration.TLS(
            certificateFile: certificates.certificate(certificate),
            keyFile: certificates.key(certificate),
            authorityFile: certificates.authority,
            requiresClientCertificate: requiresClientCertificate
        )
        let broker = try await Mosquitto.start(MosquittoConfiguration(tls: tls))
        return (broker, broker.tlsPort ?? 0)
    }

    private func expectFailure(
        _ code: MQTTError.Code,
        saying text: String,
        _ configuration: MQTTConfiguration
    ) async throws {
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.log.first { $0.contains(text) }
            #expect(one.client.statistics.lastError?.code == code)
            #expect(one.client.statistics.connections == 0)
            #expect(one.log.elements.count { $0.contains(text) } == 1)
        }
    }

    @Test("A broker with a certificate of our CA is trusted, by name and by address, and messages go both ways")
    func good() async throws {
        let certificates = try await Certificates()
        let (broker, port) = try await broker(certificates)
        for host in ["127.0.0.1", "localhost"] {
            var configuration = try MQTTConfiguration.encrypted(
                host: host,
                port,
                id: "a",
                TLSSettings(caFile: certificates.authority)
            )
            configuration.subscriptions = [Subscription("lab/#")]
            try await RunningClient.with(configuration) { (one: RunningClient) in
                let next = try await one.whenSubscribed()
                try await broker.restart()
                _ = try await one.whenSubscribed(from: next)
                for number in 0..<2_000 {
                    try one.client.enqueue(OutgoingMessage(topic: "lab/a", text: "\(number)"))
                }
                try await one.client.publish(
                    OutgoingMessage(topic: "lab/big", payload: Array(repeating: 7, count: 16_000))
                )
                try await one.message(on: "lab/big")
                #expect(one.messages.count == 2_001)
            }
        }
    }

    @Test("A port that nobody listens at is told as that, and not as trouble with TLS")
    func nobodyListens() async throws {
        let certificates = try await Certificates()
        try await expectFailure(
            .connectionRefused,
            saying: "nobody listens at mqtts://",
            .encrypted(try FreePort.tcp(), id: "a", TLSSettings(caFile: certificates.authority))
        )
    }

    @Test("A certificate of another CA is refused", arguments: hosts)
    func unknownAuthority(_ host: String) async throws {
        let certificates = try await Certificates()
        let (broker, port) = try await broker(certificates)
        try await expectFailure(
            .tls,
            saying: "is not signed by the CA in \(certificates.otherAuthority)",
            .encrypted(host: host, port, id: "a", TLSSettings(caFile: certificates.otherAuthority))
        )
        try await expectFailure(
            .tls,
            saying: "is not signed by an authority that this system trusts",
            .encrypted(host: host, port, id: "a", TLSSettings())
        )
        await broker.stop()
    }

    @Test("A certificate for another host is refused", arguments: hosts)
    func wrongHost(_ host: String) async throws {
        let certificates = try await Certificates()
        let (broker, port) = try await broker(certificates, certificate: "elsewhere")
        let tls = TLSSettings(caFile: certificates.authority)
        try await expectFailure(.tls, saying: "is for another host name", .encrypted(host: host, port, id: "a", tls))
        await broker.stop()
    }

    @Test("An expired certificate is refused as such", arguments: hosts)
    func expired(_ host: String) async throws {
        let certificates = try await Certificates()
        let (broker, port) = try await broker(certificates, certificate: "expired")
        try await expectFailure(
            .tls,
            saying: "has expired",
            .encrypted(host: host, port, id: "a", TLSSettings(caFile: certificates.authority))
        )
        await broker.stop()
    }

    @Test("A broker that requires a certificate lets in who has one and is told of by who has none", arguments: hosts)
    func clientCertificate(_ host: String) async throws {
        let certificates = try await Certificates()
        let (broker, port) = try await broker(certificates, requiresClientCertificate: true)
        var tls = TLSSettings(caFile: certificates.authority)
        try await expectFailure(
            .tls,
            saying: "requires a client certificate",
            .encrypted(host: host, port, id: "a", tls)
        )
        tls.certificateFile = certificates.certificate("client")
        tls.keyFile = certificates.key("client")
        try await RunningClient.with(try .encrypted(host: host, port, id: "a", tls)) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
        }
        tls.keyFile = certificates.key("broker")
        try await expectFailure(
            .tls,
            saying: "our client certificate cannot be used",
            .encrypted(host: host, port, id: "a", tls)
        )
        await broker.stop()
    }

    @Test("Files that are missing or hold nothing useful are named")
    func badFiles() async throws {
        let certificates = try await Certificates()
        let (broker, port) = try await broker(certificates)
        let missing = certificates.directory.path(of: "missing.pem")
        try await expectFailure(
            .invalidConfiguration,
            saying: "cannot read \(missing)",
            .encrypted(port, id: "a", TLSSettings(caFile: missing))
        )
        let key = certificates.key("ca")
        try await expectFailure(
            .tls,
            saying: "the CA file \(key) holds no certificate",
            .encrypted(port, id: "a", TLSSettings(caFile: key))
        )
        await broker.stop()
    }

    @Test("Plain text to a TLS port, and TLS to a plain port, end in a hint")
    func mixedUp() async throws {
        let certificates = try await Certificates()
        let (broker, port) = try await broker(certificates)
        try await expectFailure(.closedBeforeAnswer, saying: "if it is a TLS port use mqtts://", .local(port, id: "a"))
        try await expectFailure(
            .closedBeforeAnswer,
            saying: "if it is not a TLS port use mqtt://",
            .encrypted(broker.port, id: "a", TLSSettings(caFile: certificates.authority))
        )
    }
}
