import AgentConfiguration
import Testing

@Suite struct WarningTests {
    private func warnings(_ text: String, isWorldReadable: Bool = false, files: Files = Files(others: "x")) throws
        -> [String]
    {
        var sources = exampleSources
        sources.files = files
        var warnings: [String] = []
        _ = try ConfigurationFile.parse(
            FileContents(bytes: Array(text.utf8), isWorldReadable: isWorldReadable),
            fileName: "busbar.yaml",
            sources: sources,
            warn: { warnings.append($0.description) }
        )
        return warnings
    }

    private let strip = "pdus: [{ name: strip, driver: energenie, host: h, password: \"1\" }]"

    @Test("one warning tells of all secrets in a file that everybody can read")
    func inlineSecrets() throws {
        let text = "mqtt: { broker: mqtt://h, username: u, password: p }\n\(strip)\n"
        #expect(try warnings(text) == [])
        #expect(
            try warnings(text, isWorldReadable: true) == [
                "busbar.yaml:1:50: warning: mqtt.password: this secret and 1 more can be read by every user of this host, "
                    + "as they are in a file that all may read; use chmod 640, or keep secrets in files of their own"
            ]
        )
    }

    @Test("a secret from the environment is not in the file")
    func variables() throws {
        let text = """
            mqtt: { broker: mqtt://h, username: u, password: "${RACK2_PRIVACY}" }
            pdus: [{ name: strip, driver: energenie, host: h, password_file: p }]
            """
        #expect(try warnings(text, isWorldReadable: true) == [])
    }

    @Test("a file with a secret that everybody can read is told of")
    func secretFiles() throws {
        var files = Files(others: "x")
        files.contents["/etc/busbar/p"] = FileContents(bytes: [0x78], isWorldReadable: true)
        let text = "mqtt: { broker: mqtt://h, username: u, password_file: p }\n\(strip)\n"
        #expect(
            try warnings(text, files: files) == [
                #"busbar.yaml:1:55: warning: mqtt.password_file: every user of this host may read "/etc/busbar/p"; "#
                    + "use chmod 640"
            ]
        )
    }

    @Test("the key of a certificate that everybody can read is told of")
    func keyFiles() throws {
        var files = Files(others: "x")
        files.contents["/etc/busbar/k"] = FileContents(bytes: [0x78], isWorldReadable: true)
        files.contents["/etc/busbar/c"] = FileContents(bytes: [0x78], isWorldReadable: true)
        let text = "mqtt: { broker: mqtts://h, tls: { certificate_file: c, key_file: k } }\n\(strip)\n"
        #expect(
            try warnings(text, files: files) == [
                #"busbar.yaml:1:66: warning: mqtt.tls.key_file: every user of this host may read "/etc/busbar/k"; use chmod 640"#
            ]
        )
    }

    @Test("servers that other hosts can reach are told of")
    func openServers() throws {
        let text = """
            web: { listen: "0.0.0.0:80", token: 0123456789abcdef-token }
            mqtt: { broker: mqtt://h }
            \(strip)
            """
        #expect(
            try warnings(text) == [
                "busbar.yaml:1:8: warning: web.listen: credentials for 0.0.0.0:80 cross the network in the clear; give tls, "
                    + "or listen on 127.0.0.1 behind a proxy"
            ]
        )
    }

    @Test("a group with a PDU that is not enabled is told of")
    func disabledPDU() throws {
        let text = """
            groups: { g: { outlets: [strip/1] } }
            mqtt: { broker: mqtt://h }
            pdus: [{ name: strip, driver: energenie, host: h, password: "1", enabled: false }]
            """
        #expect(
            try warnings(text) == [
                #"busbar.yaml:1:16: warning: groups.g.outlets: "strip/1": the PDU is not enabled, so commands for the group "#
                    + "will fail there"
            ]
        )
    }

    @Test("a load with a PDU that is not enabled is told of")
    func disabledFeed() throws {
        let text = """
            loads: { s: { feeds: [strip/1] } }
            mqtt: { broker: mqtt://h }
            pdus: [{ name: strip, driver: energenie, host: h, password: "1", enabled: false }]
            """
        #expect(
            try warnings(text) == [
                #"busbar.yaml:1:15: warning: loads.s.feeds: "strip/1": the PDU is not enabled, so commands for the load "#
                    + "will be rejected"
            ]
        )
    }

    @Test(
        "loopback addresses need no token",
        arguments: ["127.0.0.1:80", "\"[::1]:80\"", "localhost:80", "127.8.8.8:80"]
    )
    func loopback(_ address: String) throws {
        #expect(try warnings("web: { listen: \(address) }\nmqtt: { broker: mqtt://h }\n\(strip)") == [])
    }
}
