import Power
import Testing

@testable import AgentConfiguration

@Suite struct ConfigurationTests {
    private static let minimal = """
        mqtt: { broker: mqtt://127.0.0.1 }
        pdus: [{ name: strip, driver: energenie, host: 192.0.2.11, password: "1" }]
        """

    @Test("the smallest file has all defaults")
    func defaults() throws {
        let configuration = try load(Self.minimal)
        #expect(configuration.agent.id == "bench")
        #expect(configuration.agent.stateDirectory == "/var/lib/busbar")
        #expect(!configuration.agent.isSole)
        let mqtt = configuration.mqtt
        #expect(mqtt.brokers == [BrokerAddress(host: "127.0.0.1", port: 1883, usesTLS: false)])
        #expect(mqtt.clientID == "busbar-bench")
        #expect(mqtt.baseTopic == "lab")
        #expect(mqtt.protocolVersion == .automatic)
        #expect(mqtt.keepalive == .seconds(10))
        #expect(mqtt.session == .clean)
        #expect(mqtt.tls == nil)
        #expect(mqtt.username == nil)
        #expect(configuration.web == nil)
        #expect(configuration.pdudaemon == nil)
        #expect(configuration.homeAssistant == nil)
        #expect(configuration.audit == AuditSettings(maximumAge: .seconds(90 * 86400), maximumSize: 64 << 20))
        #expect(configuration.log == LogSettings(level: .info, format: .text))
        let pdu = try #require(configuration.pdus.first)
        #expect(pdu.isEnabled)
        #expect(pdu.port == 80)
        #expect(pdu.poll == PollSettings(interval: .seconds(10), jitter: 0.1))
        #expect(pdu.cycleOffTime == .seconds(5))
        #expect(pdu.stagger == .milliseconds(500))
        #expect(pdu.timeout == .seconds(5))
        #expect(pdu.retries == 1)
        #expect(pdu.outlets.isEmpty)
        #expect(
            pdu.driver
                == .energenie(
                    EnerGenieSettings(
                        transport: .http,
                        password: Secret("1"),
                        pause: .zero,
                        fallsBack: false,
                        httpParsing: .lenient
                    )
                )
        )
    }

    @Test("pdudaemon's listener may be for ranges of addresses")
    func doors() throws {
        let configuration = try load(
            "\(Self.minimal)\npdudaemon: { listen: \"[::]:16421\", allow: [192.0.2.0/24, 2001:db8::/32, 192.0.2.7] }\n"
        )
        let allow = try #require(configuration.pdudaemon?.allow)
        #expect(allow.map(\.prefix) == [24, 32, 32])
        #expect(allow.map(\.bytes.count) == [4, 16, 4])
    }

    @Test("every kind of PDU stands in one file, written tersely")
    func terse() throws {
        let configuration = try load(
            """
            agent: { id: bench-1, state_directory: /var/lib/busbar }
            mqtt:
              broker: mqtts://127.0.0.1:1883
              username: busbar
              password_file: /etc/busbar/mqtt
              tls: { ca_file: ca.pem, certificate_file: agent.pem, key_file: agent.key }
            groups:
              rack-a: { outlets: [bench/1, rack1/3, rack1/4], stagger: 500ms }
            pdus:
              - name: bench
                driver: energenie
                host: 192.0.2.10
                password_file: /etc/busbar/bench
                outlets:
                  1: { label: DUT A }
                  4: { label: lab router, protected: true }
              - { name: strip, driver: energenie, protocol: tcp, host: 192.0.2.11, password: "1" }
              - name: rack1
                driver: snmp
                model: raritan-px2
                host: 192.0.2.20
                version: 2c
                community_file: /etc/busbar/rack1
                write_community_file: /etc/busbar/rack1w
                poll: { interval: 5s }
                cycle: { off_time: 10s }
              - name: rack2
                driver: snmp
                model: apc-rpdu
                host: 192.0.2.21
                version: 3
                user: labuser
                auth: { protocol: SHA, passphrase_file: /etc/busbar/rack2-auth }
                privacy: { protocol: DES, passphrase_file: /etc/busbar/rack2-priv }
              - name: odd-one
                driver: snmp
                host: 192.0.2.22
                oid: 1.3.6.1.4.1.13742.6.4.1.2.1.2.1
                on: 1
                off: 0
                state: { oid: 1.3.6.1.4.1.13742.6.4.1.2.1.3.1, on: 7, off: 8 }
                outlets: { 1: {}, 2: {} }
                version: 1
                community: private
            """
        )
        #expect(configuration.pdus.map(\.name.rawValue) == ["bench", "strip", "rack1", "rack2", "odd-one"])
        #expect(configuration.pdus.map(\.port) == [80, 5000, 161, 161, 161])
        #expect(try configuration.pdus[0].outlet(number(4)).isProtected)
        #expect(configuration.pdus[2].cycleOffTime == .seconds(10))
        #expect(configuration.mqtt.tls?.identity?.keyFile == "/etc/busbar/agent.key")
    }

    @Test("empty sections have their defaults")
    func emptySections() throws {
        let configuration = try load(
            "\(Self.minimal)\nweb:\npdudaemon:\nhome_assistant:\nlog:\npoll:\ngroups:\ndefaults:\n"
        )
        #expect(configuration.web?.listen == ListenAddress(host: "127.0.0.1", port: 8480))
        #expect(configuration.pdudaemon?.listen == ListenAddress(host: "127.0.0.1", port: 16421))
        #expect(
            configuration.homeAssistant
                == HomeAssistantSettings(
                    isEnabled: true,
                    prefix: "homeassistant",
                    discovery: .device,
                    showsFeeds: false
                )
        )
        #expect(configuration.groups.isEmpty)
    }

    @Test("discovery can be turned off without losing its settings")
    func discoveryOff() throws {
        #expect(try load("\(Self.minimal)\nhome_assistant: { enabled: false }").homeAssistant?.isEnabled == false)
    }

    @Test("an outlet takes over from its PDU, a PDU from the defaults, in whatever order they are written")
    func inheritance() throws {
        let configuration = try load(
            """
            pdus:
              - name: a
                driver: energenie
                host: a
                password: "1"
                poll: { interval: 2s }
                circuit: fuse
                outlets: { 1: {}, 2: { cycle: { off_time: 1500ms }, circuit: other } }
              - { name: b, driver: energenie, host: b, password: "1", cycle: { off_time: 9s }, outlets: { 1: } }
            groups: { g: { outlets: [b/1, a/4] }, mixed: { outlets: [a/3, load:l] } }
            loads:
              l: { feeds: [b/1, a/4], cycle: { off_time: 3s }, command: { limit: 9s }, exclusive: true, requires: [m] }
              m: { feeds: [a/1], label: Switch, stagger: 1s }
            circuits:
              fuse: { max_switch_ons_per_second: 0.5 }
              other: { max_switch_ons_per_second: 3 }
            defaults: { cycle: { off_time: 7s }, stagger: 2s }
            poll: { interval: 20s, jitter: 0.3 }
            mqtt: { broker: mqtt://127.0.0.1 }
            """
        )
        let (a, b) = (configuration.pdus[0], configuration.pdus[1])
        let (one, two, three) = (try number(1), try number(2), try number(3))
        #expect(a.poll == PollSettings(interval: .seconds(2), jitter: 0.3))
        #expect(b.poll == PollSettings(interval: .seconds(20), jitter: 0.3))
        #expect(a.outlet(one).cycle == .byAgent(offTime: .seconds(7)))
        #expect(a.outlet(two).cycle == .byAgent(offTime: .milliseconds(1500)))
        #expect(a.outlet(three).cycle == .byAgent(offTime: .seconds(7)))
        #expect(b.outlet(one).cycle == .byAgent(offTime: .seconds(9)))
        #expect([one, two, three].map { a.outlet($0).circuit } == ["fuse", "other", "fuse"])
        #expect(b.outlet(one).circuit == nil)
        #expect(b.stagger == .seconds(2))
        let group = try #require(configuration.groups.first)
        #expect(group.name == "g")
        #expect(group.members.map(\.description) == ["b/1", "a/4"])
        #expect(group.stagger == .seconds(2))
        #expect(group.onFailure == .continue)
        #expect(configuration.groups.last?.members.map(\.description) == ["a/3", "load:l"])
        let loads = configuration.loads
        #expect(loads.map(\.name) == ["l", "m"])
        #expect(loads[0].feeds.map(\.description) == ["b/1", "a/4"] && loads[0].requires == ["m"])
        #expect(loads[0].offTime == .seconds(3) && loads[0].limit == .seconds(9) && loads[0].isExclusive)
        #expect(loads[0].stagger == .zero, "all feeds at once")
        #expect(loads[1].offTime == nil && loads[1].limit == nil && !loads[1].isExclusive)
        #expect(loads[1].label == "Switch" && loads[1].stagger == .seconds(1))
    }

    @Test("brokers have ports and IPv6 addresses, and TLS without a section uses the system's authorities")
    func brokers() throws {
        let mqtt = try load(
            """
            mqtt: { broker: ["mqtts://[2001:db8::1]", "mqtts://h.example.org:9000/"], session: persistent, protocol: 5 }
            pdus: [{ name: strip, driver: energenie, host: "fe80::1%eth0", password: "1" }]
            """
        ).mqtt
        #expect(mqtt.brokers.map(\.description) == ["mqtts://[2001:db8::1]:8883", "mqtts://h.example.org:9000"])
        #expect(mqtt.brokers.first?.host == "2001:db8::1")
        #expect(mqtt.tls == TLSSettings())
        #expect(mqtt.session == .persistent(expiry: .seconds(3600)))
        #expect(mqtt.protocolVersion == .v5)
    }

    @Test("versions of SNMP may be written with and without quotes", arguments: ["1", "\"1\"", "2c", "'2c'"])
    func versions(_ text: String) throws {
        let access = try snmp("version: \(text), community: public").access
        let version: SNMPAccess.CommunityVersion = text.contains("1") ? .v1 : .v2c
        #expect(access == .community(version: version, read: Secret("public"), write: Secret("public")))
    }

    @Test("writing may have a community of its own")
    func writeCommunity() throws {
        let access = try snmp("version: 2c, community: public, write_community: private").access
        #expect(access == .community(version: .v2c, read: Secret("public"), write: Secret("private")))
    }

    @Test("a user of SNMPv3 has no security, authentication, or authentication and privacy")
    func users() throws {
        let auth = SNMPAuthentication(algorithm: .sha256, passphrase: Secret("correct horse"))
        let privacy = SNMPPrivacy(algorithm: .aes128, passphrase: Secret("battery staple"))
        let keys = "auth: { protocol: SHA-256, passphrase: correct horse }"
        let more = "\(keys), privacy: { protocol: AES-128, passphrase: battery staple }, context: c"
        #expect(try snmp("version: 3, user: u").access == .user(user(nil, .none)))
        #expect(try snmp("version: 3, user: u, \(keys)").access == .user(user(nil, .authentication(auth))))
        #expect(
            try snmp("version: \"3\", user: u, \(more)").access
                == .user(user("c", .authenticationAndPrivacy(auth, privacy)))
        )
    }

    @Test("a model is built in, automatic or a file")
    func models() throws {
        #expect(try snmp("model: auto").objects == .model(.automatic, index: [:]))
        #expect(
            try snmp("model: apc-rpdu, index: { unit: 2 }").objects
                == .model(.builtIn("apc-rpdu"), index: ["unit": .number(2)])
        )
        #expect(
            try snmp("model: chatsworth-econnect, index: { mac: \"000ED3AABBCC\" }").objects
                == .model(.builtIn("chatsworth-econnect"), index: ["mac": .text("000ED3AABBCC")])
        )
        #expect(try snmp("model: ./px.yaml").objects == .model(.file("/etc/busbar/px.yaml"), index: [:]))
        #expect(try snmp("model: /opt/px.yaml").objects == .model(.file("/opt/px.yaml"), index: [:]))
    }

    @Test("a PDU without a model writes and reads the objects it is given")
    func bareObjects() throws {
        let oid = try #require(NumericOID("1.3.6.1"))
        let other = try #require(NumericOID("1.3.6.2"))
        let bare = try snmp("oid: .1.3.6.1, on: 1, off: 0, outlets: { 1: }").objects
        let state = BareSNMPObjects.State(oid: oid, on: [.number(1)], off: [.number(0)])
        #expect(bare == .bare(BareSNMPObjects(oid: oid, type: .integer, on: .number(1), off: .number(0), state: state)))
        let rich = try snmp(
            "oid: 1.3.6.1, on: \"on\", off: \"off\", state: { oid: 1.3.6.2, on: [1, 3], off: 0 }, outlets: { 1: }"
        ).objects
        let richState = BareSNMPObjects.State(oid: other, on: [.number(1), .number(3)], off: [.number(0)])
        #expect(
            rich
                == .bare(BareSNMPObjects(oid: oid, type: .string, on: .text("on"), off: .text("off"), state: richState))
        )
    }

    @Test("a chain of units on one address is several PDUs")
    func chains() throws {
        let pdu = "driver: snmp, host: 192.0.2.20, model: m, version: 1, community: c"
        let text = """
            mqtt: { broker: mqtt://127.0.0.1 }
            pdus: [{ name: a, \(pdu), index: { unit: 1 } }, { name: b, \(pdu), index: { unit: 2 } }]
            """
        #expect(try load(text).pdus.count == 2)
    }

    @Test("a PDU that is replaced may stay in the file, not enabled")
    func replacedPDU() throws {
        let pdu = "driver: energenie, host: strip, password: \"1\""
        let text = """
            mqtt: { broker: mqtt://127.0.0.1 }
            pdus: [{ name: a, \(pdu), enabled: false }, { name: b, \(pdu) }]
            """
        #expect(try load(text).pdus.map(\.isEnabled) == [false, true])
    }

    @Test("a file from another system, with its line ends and byte order mark, is read")
    func foreignLineEnds() throws {
        let text = "\u{FEFF}" + Self.minimal.replacing("\n", with: "\r\n") + "\r\n"
        #expect(try load(text) == load(Self.minimal))
    }

    @Test("variables of the environment stand for texts and parts of texts")
    func variables() throws {
        var sources = exampleSources
        sources.environment = ["BROKER": "10.0.0.1", "SITE": "munich", "COST": "1$"]
        let configuration = try load(
            """
            agent: { id: "agent-${SITE}" }
            mqtt: { broker: "mqtt://${BROKER}:1884", base_topic: "${SITE}/lab" }
            pdus: [{ name: strip, driver: energenie, host: h, password: "1", label: "${COST} $5 $${SITE} $" }]
            """,
            sources: sources
        )
        #expect(configuration.agent.id == "agent-munich")
        #expect(configuration.mqtt.brokers.map(\.description) == ["mqtt://10.0.0.1:1884"])
        #expect(configuration.mqtt.baseTopic == "munich/lab")
        #expect(configuration.pdus.first?.label == "1$ $5 ${SITE} $")
    }

    @Test("two readings of the same settings are equal, whatever their order and comments")
    func equality() throws {
        let example = try repositoryText("config/busbar.example.yaml")
        let first = try load(example)
        #expect(try load(example) == first)
        #expect(try load(example.split(separator: "\n").map { "\($0) # note" }.joined(separator: "\n")) == first)
        let reordered = """
            pdus: [{ password: "1", host: 192.0.2.11, driver: energenie, name: strip, outlets: { 2: , 1: } }]
            mqtt: { broker: [mqtt://127.0.0.1:1883] }
            """
        let plain = """
            mqtt: { broker: mqtt://127.0.0.1 }
            pdus: [{ name: strip, driver: energenie, host: 192.0.2.11, password: "1", outlets: { 1: {}, 2: {} } }]
            """
        #expect(try load(reordered) == load(plain))
    }

    @Test(
        "a change of any kind makes two configurations unequal",
        arguments: [
            ("label: DUT A", "label: DUT B"), ("interval: 5s", "interval: 6s"), ("password: \"1\"", "password: \"2\""),
            ("off_time: 5s", "off_time: 6s"), ("bench/1, rack1/3", "rack1/3, bench/1"), ("on: 7", "on: 9"),
            ("protocol: DES", "protocol: AES"), ("ca_file: ca.pem", "ca_file: other.pem"),
        ]
    )
    func inequality(_ old: String, _ new: String) throws {
        let example = try repositoryText("config/busbar.example.yaml")
        #expect(example.contains(old))
        #expect(try load(example.replacing(old, with: new)) != load(example))
    }

    @Test("10 000 PDUs are read, with references to each")
    func manyPDUs() throws {
        var text = "mqtt: { broker: mqtt://127.0.0.1 }\npdus:\n"
        for index in 0..<10_000 {
            text +=
                "  - { name: p\(index), driver: energenie, host: h\(index), password: \"1\", outlets: { 1: { label: DUT } } }\n"
        }
        text += "groups:\n"
        for index in 0..<10_000 { text += "  g\(index): { outlets: [p\(index)/1, p0/2] }\n" }
        text = text.replacing("  g0: { outlets: [p0/1, p0/2] }\n", with: "")
        let configuration = try load(text)
        #expect(configuration.pdus.count == 10_000)
        #expect(configuration.groups.count == 9_999)
    }

    private func number(_ value: Int) throws -> OutletNumber { try #require(OutletNumber(value)) }

    private func user(_ context: String?, _ security: SNMPSecurity) -> SNMPUser {
        SNMPUser(name: "u", context: context, security: security)
    }

    private func snmp(_ keys: String) throws -> SNMPSettings {
        let model = keys.contains("model:") || keys.contains("oid:") ? "" : "model: apc-rpdu, "
        let access = keys.contains("version:") ? "" : "version: 1, community: c, "
        let configuration = try load(
            """
            mqtt: { broker: mqtt://127.0.0.1 }
            pdus: [{ name: rack, driver: snmp, host: 192.0.2.20, \(model)\(access)\(keys) }]
            """
        )
        guard case .snmp(let settings) = configuration.pdus.first?.driver else {
            throw ConfigurationErrors(issues: [])
        }
        return settings
    }

    @Test("programs and requests keep their arguments, and a path starts from the file's folder")
    func generic() throws {
        let configuration = try load(
            """
            mqtt: { broker: mqtt://127.0.0.1 }
            pdus:
              - name: relay
                driver: command
                on: [./relay, "{outlet}", "1; reboot", ""]
                off: [./relay, "{outlet}", "0"]
                state: { run: [/bin/relay], on: true, off: [false, 0] }
                outlets: { 1: {}, 3: {} }
              - name: web
                driver: http
                on: { url: "http://192.0.2.9:8080/{index}", body: "x={outlet}", headers: { X-A: b } }
                off: { url: "https://relay.example.org/off" }
                state: { url: "http://192.0.2.9/", after: "<s>", on: 1, off: 0 }
                token: some-token
                outlets: { 1: {} }
            """
        )
        let relay = try #require(configuration.pdus.first)
        #expect(relay.host.isEmpty)
        #expect(relay.retries == 0)
        #expect(
            relay.driver
                == .command(
                    CommandSettings(
                        on: ["/etc/busbar/relay", "{outlet}", "1; reboot", ""],
                        off: ["/etc/busbar/relay", "{outlet}", "0"],
                        state: ["/bin/relay"],
                        words: StateWordSettings(on: ["true"], off: ["false", "0"])
                    )
                )
        )
        guard case .http(let web) = configuration.pdus.last?.driver else { return #expect(Bool(false)) }
        #expect(web.on.method == "POST")
        #expect(web.on.headers == [HTTPSettings.Header(name: "X-A", value: "b")])
        #expect(web.off.method == "GET")
        #expect(web.place == .between("<s>", nil))
        #expect(web.access == .bearer(Secret("some-token")))
    }
}
