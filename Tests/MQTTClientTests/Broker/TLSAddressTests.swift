import LocalServices
import TestSupport
import Testing

@testable import HostNames
@testable import MQTTClient

@Suite("A broker with TLS and several addresses", .timeLimit(.minutes(10)))
struct TLSAddressTests {
    /// What a certificate is for.
    struct Certified: Sendable, CustomTestStringConvertible {
        var subject = "broker"
        var extensions = "basicConstraints=CA:FALSE"

        static func names(_ names: String, subject: String = "broker") -> Certified {
            Certified(subject: subject, extensions: "subjectAltName=\(names)")
        }

        var testDescription: String { "\(extensions), CN=\(subject)" }
    }

    /// Runs a client of a broker at 127.0.0.1 that has such a certificate, by a host with these addresses.
    private func connect(
        to host: String = "broker.example",
        at addresses: [String],
        _ certified: Certified,
        silent: String? = nil,
        _ body: @Sendable (RunningClient, Mosquitto) async throws -> Void
    ) async throws {
        let certificates = try await Certificates()
        try await certificates.sign("own", certified.extensions, subject: certified.subject)
        let tls = MosquittoConfiguration.TLS(
            certificateFile: certificates.certificate("own"),
            keyFile: certificates.key("own")
        )
        let broker = try await Mosquitto.start(MosquittoConfiguration(tls: tls))
        let port = broker.tlsPort ?? 0
        let deaf = try silent.map { try DeafListener($0, port: port) }
        let configuration = try MQTTConfiguration.encrypted(
            host: host,
            port,
            id: "a",
            TLSSettings(caFile: certificates.authority)
        )
        let names = HostNames { _ in .success(addresses) }
        try await RunningClient.with(configuration, names: names) { one in try await body(one, broker) }
        withExtendedLifetime((certificates, deaf)) {}
    }

    /// What came of the first try to connect; nothing where the broker has let us in.
    private func failure(_ one: RunningClient) async throws -> MQTTError? {
        try await waitUntil {
            let statistics = one.client.statistics
            return statistics.connections > 0 || statistics.failedConnections > 0
        }
        let statistics = one.client.statistics
        return statistics.failedConnections > 0 ? statistics.lastError : nil
    }

    private func expectRefusal(_ one: RunningClient, saying text: String) async throws {
        let error = try await failure(one)
        #expect(error?.code == .tls)
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "it was let in")")
        #expect(one.client.statistics.connections == 0)
    }

    @Test(
        "is reached under its name at the last of them, where the others refuse or say nothing, again and again",
        arguments: [
            ["127.0.0.2", "127.0.0.1"], ["127.0.0.2", "127.0.0.9", "127.0.0.3", "127.0.0.1"],
            ["::1", "127.0.0.9", "127.0.0.2", "127.0.0.1"],
        ]
    )
    func last(_ addresses: [String]) async throws {
        try await connect(at: addresses, .names("DNS:broker.example"), silent: "127.0.0.9") { one, broker in
            let error = try await failure(one)
            try #require(error == nil)
            let next = try await one.events.first { $0 == .connected(sessionPresent: false) }.next
            #expect(one.log.elements.allSatisfy { !$0.hasPrefix("warning") && !$0.hasPrefix("error") })
            try await broker.restart()
            try await one.events.first(from: next) { $0 == .connected(sessionPresent: false) }
        }
    }

    @Test("of which none will do is told with all of them, once")
    func none() async throws {
        let addresses = ["127.0.0.3", "127.0.0.2"]
        try await connect(at: addresses, .names("DNS:broker.example")) { one, _ in
            let line = try await one.log.first { $0.hasPrefix("warning") }.element
            #expect(line.contains("nobody listens"))
            #expect(line.contains("127.0.0.2 and 127.0.0.3"))
            #expect(one.client.statistics.lastError?.code == .connectionRefused)
        }
    }

    @Test(
        "is let in with a certificate for its name",
        arguments: [
            .names("DNS:elsewhere.example,DNS:broker.example"), .names("DNS:Broker.Example"), .names("DNS:*.example"),
            Certified(subject: "broker.example"), .names("IP:127.0.0.1", subject: "broker.example"),
        ] as [Certified]
    )
    func accepted(_ certified: Certified) async throws {
        try await connect(at: ["127.0.0.2", "127.0.0.1"], certified) { one, _ in
            let error = try await failure(one)
            #expect(error == nil)
        }
    }

    @Test(
        "is refused at each of them with a certificate for anything else, its address above all",
        arguments: [
            .names("DNS:elsewhere.example"), .names("IP:127.0.0.1"), .names("DNS:127.0.0.1"),
            .names("DNS:elsewhere.example", subject: "broker.example"), .names("DNS:*.broker.example"),
            .names("DNS:*"), .names("DNS:*.*"), .names("DNS:b*.example"), .names("DNS:*.elsewhere.example"),
            .names("DNS:example"), .names("DNS:.example"), .names("DNS:broker.example.elsewhere.example"),
            .names("email:broker@broker.example"), Certified(subject: "127.0.0.1"),
        ] as [Certified],
        [["127.0.0.1"], ["127.0.0.2", "127.0.0.1"]]
    )
    func refused(_ certified: Certified, _ addresses: [String]) async throws {
        try await connect(at: addresses, certified) { one, _ in
            try await expectRefusal(one, saying: "is for another host name")
        }
    }

    @Test(
        "may be given by one of them, which the certificate must have then",
        arguments: [
            (.names("IP:127.0.0.1"), true), (Certified(subject: "127.0.0.1"), true),
            (.names("DNS:localhost,IP:127.0.0.1"), true), (.names("DNS:localhost"), false),
            (.names("IP:127.0.0.2"), false), (.names("DNS:*.0.0.1"), false),
            (.names("DNS:broker.example", subject: "127.0.0.1"), false),
        ] as [(Certified, Bool)]
    )
    func numeric(_ certified: Certified, isGood: Bool) async throws {
        try await connect(to: "127.0.0.1", at: [], certified) { one, _ in
            if isGood {
                let error = try await failure(one)
                #expect(error == nil)
            } else {
                try await expectRefusal(one, saying: "is for another host name")
            }
        }
    }

    @Test("is refused with a certificate that is for its name, but for clients only")
    func purpose() async throws {
        let certified = Certified(
            extensions: "subjectAltName=DNS:broker.example\nextendedKeyUsage=clientAuth"
        )
        try await connect(at: ["127.0.0.1"], certified) { one, _ in
            try await expectRefusal(one, saying: "did not pass the check")
        }
    }

    @Test("is not what is told of, where the authority's file is of no use")
    func uselessFile() async throws {
        let certificates = try await Certificates()
        let key = certificates.key("ca")
        let configuration = try MQTTConfiguration.encrypted(
            host: "broker.example",
            try FreePort.tcp(),
            id: "a",
            TLSSettings(caFile: key)
        )
        let names = HostNames { _ in .success(["127.0.0.2", "127.0.0.1"]) }
        try await RunningClient.with(configuration, names: names) { one in
            let line = try await one.log.first { $0.hasPrefix("error") }.element
            #expect(line == "error: MQTT: the CA file \(key) holds no certificate in PEM form")
        }
        withExtendedLifetime(certificates) {}
    }

    /// A server of TLS that tells what it is told, with a certificate for everything in question.
    private func server(
        _ address: String,
        _ arguments: [String],
        _ body: @Sendable (ChildProcess, Int, TLSSettings) async throws -> Void
    ) async throws {
        let certificates = try await Certificates()
        try await certificates.sign("own", "subjectAltName=DNS:broker.example,IP:127.0.0.1,IP:::1")
        let port = try FreePort.tcp()
        let (certificate, key) = (certificates.certificate("own"), certificates.key("own"))
        let server = try await ChildProcess.start(
            try Executable.find("openssl", package: "openssl"),
            [
                "s_server", "-accept", "\(address):\(port)", "-cert", certificate, "-key", key, "-cert2", certificate,
                "-key2", key, "-servername", "nobody.example",
            ] + arguments,
            input: .pipe
        )
        guard await server.waitForOutput(containing: "ACCEPT", within: .seconds(60)) else {
            // A host without IPv6 has no such address.
            try #require(address == "[::1]", "\(server.standardError)")
            return
        }
        try await body(server, port, TLSSettings(caFile: certificates.authority))
        await server.kill()
        withExtendedLifetime(certificates) {}
    }

    @Test(
        "is told the name that it was configured by, and no address",
        arguments: [("broker.example", true), ("127.0.0.1", false), ("[::1]", false)]
    )
    func introduction(host: String, isNamed: Bool) async throws {
        try await server(host.hasPrefix("[") ? host : "127.0.0.1", []) { server, port, tls in
            let configuration = try MQTTConfiguration.encrypted(host: host, port, id: "a", tls)
            let names = HostNames { _ in .success(["127.0.0.2", "127.0.0.1"]) }
            try await RunningClient.with(configuration, names: names) { (_: RunningClient) in
                // It says this when the handshake is over, the other before.
                #expect(await server.waitForOutput(containing: "CIPHER is", within: .seconds(60)))
                let told = server.standardOutput.split(separator: "\n").filter { $0.hasPrefix("Hostname in TLS") }
                #expect(told == (isNamed ? ["Hostname in TLS extension: \"broker.example\""] : []))
            }
        }
    }

    @Test("is refused where it speaks no later TLS than 1.1")
    func oldVersion() async throws {
        try await server("127.0.0.1", ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]) { server, port, tls in
            let configuration = try MQTTConfiguration.encrypted(host: "broker.example", port, id: "a", tls)
            let names = HostNames { _ in .success(["127.0.0.2", "127.0.0.1"]) }
            try await RunningClient.with(configuration, names: names) { one in
                try await expectRefusal(one, saying: "TLS with mqtts://broker.example")
                #expect(!server.standardOutput.contains("CIPHER is"))
            }
        }
    }
}
