import Testing

@testable import AgentConfiguration

@Suite struct LexicalTests {
    @Test(
        "times are read exactly",
        arguments: [
            ("10s", Duration.seconds(10)), ("500ms", .milliseconds(500)), ("1.5s", .milliseconds(1500)),
            ("2m", .seconds(120)),
            ("1h", .seconds(3600)), ("90d", .seconds(90 * 86400)), ("0s", .zero), ("0.000000001s", .nanoseconds(1)),
            ("007s", .seconds(7)), ("999999999d", .seconds(86400) * 999_999_999),
        ]
    )
    func times(_ text: String, _ duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(
        "what is not a time is none",
        arguments: [
            "", "s", "10", "10 s", "-1s", "+1s", "1e3s", "1.s", ".5s", "1,5s", "10S", "10sec", "1h30m", "1234567890s",
            "1.2.3s",
            "٣s", "1.0000000001s",
        ]
    )
    func noTimes(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "times are written with the largest unit that fits",
        arguments: [
            "0s", "500ms", "1500ms", "10s", "90s", "2m", "1h", "24h", "2d", "90d", "3650d",
        ]
    )
    func writtenTimes(_ text: String) {
        #expect(DurationText.parse(text)?.formatted == text)
    }

    @Test(
        "sizes are read with binary units only",
        arguments: [
            ("64MiB", 64 << 20), ("1KiB", 1024), ("2GiB", 2 << 30), ("64MB", nil), ("64", nil), ("1.5MiB", nil),
            ("-1KiB", nil),
        ]
    )
    func sizes(_ text: String, _ size: Int?) {
        #expect(SizeText.parse(text) == size)
    }

    @Test(
        "hosts are names and addresses",
        arguments: [
            ("pdu1", true), ("pdu-1.lab.example.org", true), ("pdu_1", true), ("192.0.2.1", true), ("::1", true),
            ("2001:db8::10", true), ("fe80::1%eth0", true), ("", false), ("a b", false), ("-a", false), ("a..b", false),
            ("192.0.2.256", false), ("192.0.2", false), ("12345", false), (":::", false), ("pdu1:80", false),
            ("[::1]", false),
            ("h/x", false), ("ü", false), ("::1%", false), (String(repeating: "a", count: 64), false),
        ]
    )
    func hosts(_ text: String, _ isHost: Bool) {
        #expect(HostName.isValid(text) == isHost)
    }

    @Test(
        "object identifiers are numbers with dots",
        arguments: [
            ("1.3.6.1.4.1.318", true), (".1.3.6.1", true), ("2.100.3", true), ("1.3.4294967295", true),
            ("1.3.4294967296", false),
            ("1", false), ("", false), (".", false), ("1..3", false), ("1.3.", false), ("3.1", false), ("1.40", false),
            ("1.3.-1", false), ("1.3.+1", false), ("iso.3", false), ("1.3" + String(repeating: ".1", count: 125), true),
            ("1.3" + String(repeating: ".1", count: 126), false),
        ]
    )
    func objectIdentifiers(_ text: String, _ isValid: Bool) {
        #expect((NumericOID(text) != nil) == isValid)
    }

    @Test(
        "a mistyped word leads to the one that was meant, a strange one to none",
        arguments: [
            ("pasword", "password"), ("passwrod", "password"), ("brokers", "broker"), ("Username", "username"),
            ("base-topic", "base_topic"), ("zzzzzz", nil), ("4", nil), ("", nil),
        ]
    )
    func suggestions(_ word: String, _ meant: String?) {
        #expect(Suggestion.nearest(to: word, among: ["password", "broker", "username", "base_topic", "tls"]) == meant)
    }

    @Test(
        "a reader of YAML 1.2 sees the same kinds of values",
        arguments: [
            ("1", YAMLValue.Kind.number), ("-1.5e3", .number), ("0x1F", .number), (".inf", .number), ("1.3.6", .text),
            ("2c", .text), ("true", .boolean), ("yes", .text), ("on", .text), ("null", .nothing), ("~", .nothing),
            ("", .nothing),
            ("-", .text), ("1_000", .text), ("12:30", .text),
        ]
    )
    func kinds(_ text: String, _ kind: YAMLValue.Kind) {
        #expect(YAMLValue(location: .start, content: .scalar(text, isPlain: true)).kind == kind)
        #expect(YAMLValue(location: .start, content: .scalar(text, isPlain: false)).kind == .text)
    }
}
