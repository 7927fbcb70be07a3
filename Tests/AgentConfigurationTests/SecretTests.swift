import Power
import Testing

@testable import AgentConfiguration

@Suite struct SecretTests {
    private static let markers = (0..<8).map { "s3cr3t-\($0)-correct-horse" }

    /// A file with a secret behind every key that takes one.
    private static let text = """
        mqtt:
          broker: mqtts://h
          username: u
          password: \(markers[0])
          tls: { certificate_file: c, key_file: k }
        web:
          token: \(markers[2])
          username: u
          password: "${WEB}"
          tls: { certificate_file: c, key_file: k, key_password: \(markers[1]) }
        pdus:
          - { name: a, driver: energenie, host: a, password: \(markers[3]) }
          - { name: b, driver: snmp, model: m, host: b, version: 1, community: \(markers[4]), write_community_file: w }
          - name: c
            driver: snmp
            model: m
            host: c
            version: 3
            user: u
            auth: { protocol: SHA, passphrase: \(markers[5]) }
            privacy: { protocol: AES, passphrase: "${PRIVACY}" }
        """

    private static let sources = ConfigurationSources(
        baseDirectory: "/etc/busbar",
        environment: ["WEB": markers[6], "PRIVACY": markers[6]],
        hostName: "bench",
        files: Files(others: markers[7])
    )

    @Test("nothing that prints a configuration shows a secret")
    func configurationKeepsSecrets() throws {
        let configuration = try load(Self.text, sources: Self.sources)
        var dumped = ""
        dump(configuration, to: &dumped)
        let printed = [
            String(reflecting: configuration), String(describing: configuration), "\(configuration)", dumped,
        ]
        #expect(printed.allSatisfy { !$0.contains("s3cr3t") })
        #expect(printed.allSatisfy { $0.contains("<secret>") })
        guard case .snmp(let settings) = configuration.pdus[1].driver,
            case .community(_, let read, let write) = settings.access
        else {
            Issue.record("the second PDU has communities")
            return
        }
        #expect(read.reveal() == Self.markers[4])
        #expect(write.reveal() == Self.markers[7])
        #expect(Mirror(reflecting: read).children.isEmpty)
    }

    @Test("no error shows a secret, whichever key of the file has another type")
    func errorsKeepSecrets() {
        for marker in Self.markers.prefix(6) {
            for wrong in [
                "[\(marker)]", "{ \(marker): 1 }", "\"\(marker)${\"", "!x \(marker)", "\"\(marker)", "*\(marker)",
            ] {
                let broken = complaints(Self.text.replacing(marker, with: wrong), sources: Self.sources)
                #expect(broken != "")
                #expect(!broken.contains("s3cr3t"), "\(wrong)")
            }
        }
    }

    @Test(
        "a file's secret loses one newline at its end and nothing else",
        arguments: [
            ("abc", "abc"), ("abc\n", "abc"), ("abc\r\n", "abc"), ("abc\n\n", "abc\n"), (" abc \n", " abc "),
            ("abc\r", "abc\r"),
        ]
    )
    func newlines(_ content: String, _ secret: String) throws {
        var sources = Self.sources
        sources.files = Files(others: content)
        let configuration = try load(
            """
            mqtt: { broker: mqtt://h }
            pdus: [{ name: a, driver: energenie, host: a, password_file: p }]
            """,
            sources: sources
        )
        guard case .energenie(let settings) = configuration.pdus.first?.driver else { return }
        #expect(settings.password.reveal() == secret)
    }

    @Test("secrets are equal when their texts are")
    func equality() {
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
    }
}
