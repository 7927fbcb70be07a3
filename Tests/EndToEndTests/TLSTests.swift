import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("Over TLS", .timeLimit(.minutes(10)))
struct TLSTests {
    @Test("the agent shows its certificate, checks the broker's, and switches")
    func bothSides() async throws {
        let certificates = try await Certificates()
        let listener = MosquittoConfiguration.TLS(
            certificateFile: certificates.certificate("broker"),
            keyFile: certificates.key("broker"),
            authorityFile: certificates.authority,
            requiresClientCertificate: true
        )
        try await Bench.run(MosquittoConfiguration(tls: listener)) { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.broker = "mqtts://127.0.0.1:\(bench.broker.tlsPort ?? 0)"
            let own = "certificate_file: \(certificates.certificate("client")), key_file: \(certificates.key("client"))"
            file.mqtt = ["tls: { ca_file: \(certificates.authority), \(own) }"]
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            _ = await agent.stop()

            file.id = "suspicious"
            file.mqtt = ["tls: { ca_file: \(certificates.otherAuthority), \(own) }"]
            let suspicious = try await bench.launch(file)
            try await suspicious.waitForLog("certificate")
            try await suspicious.waitForLog("strip: online")
            #expect(bench.observer.texts(on: "lab/agent/suspicious/availability") == [])
            #expect(suspicious.lines(with: "MQTT").count == 1, "\(suspicious.log)")
            #expect(strip.record.switches == ["1=1"])
        }
    }
}
