import LocalServices
import MQTTClient
import PDUSimulator
import Testing

@Suite("A payload that is no command", .timeLimit(.minutes(10)))
struct PayloadTests {
    /// Bytes, and a word that the message must hold.
    private static let nonsense: [(name: String, payload: [UInt8], word: String)] = [
        ("just too long", Array(repeating: UInt8(ascii: " "), count: 16_385), "16384"),
        ("far too long", Array(repeating: UInt8(ascii: "A"), count: 1_000_000), "16384"),
        ("not UTF-8", [0xFF, 0xFE, 0x4F, 0x4E], "UTF-8"),
        ("an overlong form", [0xC1, 0x8F, 0x4E], "UTF-8"),
        ("NULs", [0, 0, 0], "not a command"),
        ("a word with a NUL", Array("ON\0".utf8), "not a command"),
        ("blanks", Array("   ".utf8), "not a command"),
        ("an unknown word", Array("EXPLODE".utf8), "EXPLODE"),
        ("two words", Array("ON OFF".utf8), "ON OFF"),
        ("another number", Array("2".utf8), "not a command"),
        ("JSON that is no object", Array("[\"ON\"]".utf8), "not a command"),
        ("JSON that ends early", Array(#"{"action":"ON""#.utf8), "JSON"),
        ("JSON with more behind it", Array(#"{"action":"ON"} {"action":"OFF"}"#.utf8), "JSON"),
        ("JSON with an unknown action", Array(#"{"action":"EXPLODE"}"#.utf8), "EXPLODE"),
        ("JSON without an action", Array(#"{"id":"a"}"#.utf8), "action"),
        ("JSON with a key twice", Array(#"{"action":"ON","by":"me","action":"OFF"}"#.utf8), "'action' is given twice"),
        ("JSON with both names", Array(#"{"action":"ON","state":"OFF"}"#.utf8), "both"),
        ("a number for an action", Array(#"{"action":1}"#.utf8), "'action'"),
        ("null for an action", Array(#"{"action":null}"#.utf8), "action"),
        ("an unknown key", Array(#"{"action":"ON","actoin":"OFF"}"#.utf8), "actoin"),
        ("a text for a time", Array(#"{"action":"ON","delay":"5"}"#.utf8), "'delay'"),
        ("a negative delay", Array(#"{"action":"ON","delay":-1}"#.utf8), "'delay'"),
        ("a delay beyond a day", Array(#"{"action":"ON","delay":86401}"#.utf8), "86400"),
        ("a number beyond all", Array(#"{"action":"ON","delay":1e999}"#.utf8), "'delay'"),
        ("a huge number", Array(#"{"action":"ON","delay":99999999999999999999999999}"#.utf8), "'delay'"),
        ("not a number", Array(#"{"action":"ON","delay":NaN}"#.utf8), "JSON"),
        ("no off time at all", Array(#"{"action":"CYCLE","off_time":0}"#.utf8), "'off_time'"),
        ("an off time for ON", Array(#"{"action":"ON","off_time":1}"#.utf8), "CYCLE"),
        ("a hold time for TOGGLE", Array(#"{"action":"TOGGLE","for":1}"#.utf8), "'for'"),
        ("a text for force", Array(#"{"action":"ON","force":"yes"}"#.utf8), "'force'"),
        ("a number for force", Array(#"{"action":"ON","force":1}"#.utf8), "'force'"),
        (
            "an id that is too long", Array(#"{"action":"ON","id":"\#(String(repeating: "i", count: 65))"}"#.utf8),
            "'id'"
        ),
        ("a number for an id", Array(#"{"action":"ON","id":7}"#.utf8), "'id'"),
        ("a day for a deadline", Array(#"{"action":"ON","deadline":"tomorrow"}"#.utf8), "RFC 3339"),
        ("a list for by", Array(#"{"action":"ON","by":["me"]}"#.utf8), "'by'"),
        (
            "objects in objects", Array(repeating: Array(#"{"a":"#.utf8), count: 3_000).flatMap(\.self), "JSON"
        ),
        (
            "lists in lists, closed",
            Array(
                (#"{"action":"# + String(repeating: "[", count: 8_000) + String(repeating: "]", count: 8_000) + "}")
                    .utf8
            ),
            ""
        ),
    ]

    @Test("of any kind is refused by name, switches nothing, and costs no other command anything")
    func refused() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let agent = try await bench.start(AgentFile.strip(device: strip))
            for (name, payload, word) in Self.nonsense {
                let mark = bench.observer.mark
                try await bench.observer.send("lab/pdu/strip/outlet/1/set", payload)
                try await bench.observer.send("lab/pdu/strip/outlet/2/set", #"{"action":"TOGGLE","id":"\#(name)"}"#)
                let answer = try await bench.answer("strip/1", from: mark)
                #expect(answer.verdict == "rejected/bad_payload", "\(name)")
                #expect(answer.error?.message.contains(word) == true, "\(name): \(answer.error?.message ?? "")")
                #expect((answer.error?.message.utf8.count ?? 0) < 500, "\(name)")
                #expect(try await bench.answer("strip/2", id: name, from: mark).verdict == "done", "\(name)")
            }
            #expect(agent.child.isRunning)
            #expect(!strip.record.switches.contains { $0.hasPrefix("1") }, "outlet 1 was never touched")
            #expect(strip.record.switches.count == Self.nonsense.count)
            #expect(agent.log.utf8.count < 100_000)
        }
    }

    @Test("on the topics of a group, of all outlets and of no outlet is refused as well")
    func elsewhere() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            file.groups = ["both: { outlets: [strip/1, strip/2] }"]
            try await bench.start(file)
            #expect(try await bench.command("strip/all", "EXPLODE").verdict == "rejected/bad_payload")
            #expect(try await bench.command("strip/x", "EXPLODE").verdict == "rejected/bad_payload")
            #expect(try await bench.group("both", "EXPLODE").verdict == "rejected/bad_payload")
            #expect(strip.record.switches.isEmpty)
        }
    }

    @Test("keeps its id in the answer where the id can be read")
    func keepsID() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let answer = try await bench.command("strip/1", #"{"action":"EXPLODE","id":"mine"}"#)
            #expect(answer.verdict == "rejected/bad_payload" && answer.id == "mine")
        }
    }

    @Test("on topics with empty, strange and endless levels harms nothing")
    func strangeTopics() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let agent = try await bench.start(AgentFile.strip(device: strip))
            let long = String(repeating: "x", count: 10_000)
            for topic in [
                "lab/pdu//outlet//set", "lab/pdu/strip/outlet//set", "lab/pdu/ /outlet/1/set", "lab/group//set",
                "lab/pdu/\(long)/outlet/1/set", "lab/pdu/strip/outlet/\(long)/set", "lab/group/\(long)/set",
                "lab/pdu//get", "lab/pdu/\u{1F50C}/outlet/1/set", "lab/agent//availability",
            ] {
                try await bench.observer.send(topic, "ON")
            }
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            #expect(strip.record.switches == ["1=1"])
            #expect(agent.log.utf8.count < 20_000)
        }
    }
}
