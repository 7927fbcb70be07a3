import AgentConfiguration
import Testing

@Suite struct BrokenConfigurationTests {
    static let sources: ConfigurationSources = {
        var files = Files(others: "battery staple\n")
        files.contents["/etc/busbar/empty"] = FileContents(bytes: Array("\n".utf8))
        files.contents["/etc/busbar/binary"] = FileContents(bytes: [0xFF, 0x00])
        files.missing = "/etc/busbar/missing/"
        return ConfigurationSources(
            baseDirectory: "/etc/busbar",
            environment: ["EMPTY": ""],
            hostName: "bench",
            models: ["apc-rpdu", "raritan-px2"],
            files: files
        )
    }()

    static let all = Broken.files + Broken.sections + Broken.mqtt + Broken.pdus + Broken.snmp + Broken.generic

    @Test("everything that is wrong is told with file, line, column, key and what would be right", arguments: all)
    func complaint(_ broken: Broken) {
        #expect(complaints(broken.text, sources: Self.sources) == broken.complaint)
    }

    @Test("no complaint shows a secret that stands in the file", arguments: all)
    func complaintsKeepSecrets(_ broken: Broken) {
        #expect(!complaints(broken.text, sources: Self.sources).contains("hunter2"))
    }

    @Test("all errors of a file are told at once, by line")
    func allAtOnce() {
        let text = """
            pdus:
              - name: a b
                driver: snmp
                host: 192.0.2.300
                version: 5
            poll: { interval: 1ms }
            log: { level: loud }
            mqtt: { brokr: x }
            """
        #expect(
            complaints(text) == """
                busbar.yaml:2:5: pdus[0].model: give model, or oid, on and off
                busbar.yaml:2:11: pdus[0].name: expected a name of 1 to 64 of A-Z a-z 0-9 _ -, found "a b"
                busbar.yaml:4:11: pdus[0].host: expected a host's name or address, found "192.0.2.300"
                busbar.yaml:5:14: pdus[0].version: expected 1, 2c or 3, found "5"
                busbar.yaml:6:19: poll.interval: expected a time such as 10s (ms, s, m or h), from 500ms to 1h, found "1ms"
                busbar.yaml:7:15: log.level: expected trace, debug, info, notice, warning, error or critical, found "loud"
                busbar.yaml:8:7: mqtt.broker: this key is required: an address such as mqtt://host:1883 or mqtts://host:8883, \
                or a list of them
                busbar.yaml:8:9: mqtt.brokr: unknown key; did you mean "broker"?
                """
        )
    }

    @Test("a PDU that is wrong in itself does not make references to it wrong")
    func noErrorsFollow() {
        let text = """
            mqtt: { broker: mqtt://127.0.0.1 }
            circuits: { fuse: { max_switch_ons_per_second: many } }
            groups: { rack: { outlets: [bench/1, odd/1] } }
            pdus: [{ name: bench, driver: energenie, host: 192.0.2.1, password: "1", port: x, circuit: fuse },
              { name: odd, driver: snmp, host: h, version: 1, community: c, oid: 1.3, on: 1, off: 0, outlets: { 1: 2 } }]
            """
        #expect(
            complaints(text) == """
                busbar.yaml:2:48: circuits.fuse.max_switch_ons_per_second: expected a number from 0.01 to 100, found text
                busbar.yaml:4:80: pdus[0].port: expected a whole number from 1 to 65535, found text
                busbar.yaml:5:70: pdus[1].oid: expected an object identifier in numbers, such as 1.3.6.1.4.1.318, found a \
                number; put it in quotes
                busbar.yaml:5:104: pdus[1].outlets.1: expected keys with values, found a number
                """
        )
    }

    @Test(
        "bytes that are no text are refused",
        arguments: [
            ([0xFF, 0xFE, 0x61, 0x00] as [UInt8], "busbar.yaml:1:1: the file is UTF-16; save it as UTF-8"),
            (
                Array("a: b\nc".utf8) + [0xC3, 0x28],
                "busbar.yaml:2:2: this is not UTF-8; the file must be text in UTF-8"
            ),
            (
                [0x7F, 0x45, 0x4C, 0x46, 0x02, 0x00],
                "busbar.yaml:1:1: the control character U+007F has no place in a text file"
            ),
            ([0x61, 0x00], "busbar.yaml:1:2: the control character U+0000 has no place in a text file"),
        ]
    )
    func notText(_ bytes: [UInt8], _ complaint: String) throws {
        let errors = try #require(throws: ConfigurationErrors.self) {
            try ConfigurationFile.parse(FileContents(bytes: bytes), fileName: "busbar.yaml", sources: Self.sources)
        }
        #expect(errors.description == complaint)
    }

    @Test("a file that is too large is refused unread")
    func tooLarge() {
        let text = String(repeating: "a", count: ConfigurationFile.maximumSize + 1)
        #expect(complaints(text) == "busbar.yaml:1:1: the file is larger than 32MiB")
    }

    @Test("values nested without end are refused", arguments: ["[", "{a: ", "- ", "? "])
    func nesting(_ opening: String) {
        #expect(complaints(String(repeating: opening, count: 20_000)).contains("nested too deeply"))
    }

    @Test("values nested almost without end are read, to be refused for what they are")
    func deepValues() {
        let brackets = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(complaints("poll: \(brackets)").contains("poll: expected keys with values, found a list"))
        #expect(complaints("? \(brackets)\n: 1").contains("a list cannot be a key"))
        #expect(complaints("{ [a]: 1, [a]: 2 }") == "busbar.yaml:1:3: a list or a mapping cannot be a key")
    }

    @Test("so many doubles that reading stops are told of in part")
    func manyDoubles() {
        let keys = (0..<30).map { "k\($0): 1\nk\($0): 2\n" }.joined()
        #expect(complaints(keys).contains("given more than once as key"))
    }

    @Test("a file that would expand to billions of values is refused, and text with * and & is not taken for one")
    func aliases() {
        var bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        for (last, name) in zip("abcdefgh", "bcdefghi") {
            bomb += "\(name): &\(name) [\(Array(repeating: "*\(last)", count: 9).joined(separator: ", "))]\n"
        }
        #expect(complaints(bomb) == "busbar.yaml:1:4: \(aliasComplaint)")
        #expect(complaints("? [*a, *a]\n: 1") == "busbar.yaml:1:4: \(aliasComplaint)")
        let text = """
            mqtt: { broker: mqtt://127.0.0.1 } # *none &at *all
            pdus: [{ name: strip, driver: energenie, host: h, password: "*one &two", label: 2 *3 &c }]
            """
        #expect(complaints(text) == "")
    }

    private let aliasComplaint = "anchors (&name) and aliases (*name) are not read; write the value where it is used"
}
