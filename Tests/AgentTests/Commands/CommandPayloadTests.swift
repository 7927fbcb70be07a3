import Foundation
import Power
import Testing

@testable import Agent

@Suite("Payloads of set topics")
struct CommandPayloadTests {
    @Test(
        "bare words and JSON objects are commands",
        arguments: [
            ("ON", Command(.on)), ("on", Command(.on)), ("1", Command(.on)), ("True", Command(.on)),
            ("OFF", Command(.off)), ("0", Command(.off)), ("false", Command(.off)), ("toggle", Command(.toggle)),
            ("Cycle", Command(.cycle)), ("REBOOT", Command(.cycle)), ("reset", Command(.cycle)),
            (" ON \n", Command(.on)), (#"{"action":"on"}"#, Command(.on)), (#"{"state":"OFF"}"#, Command(.off)),
            (#"  {"action":"CYCLE","off_time":0.1}"#, Command(.cycle, offTime: .milliseconds(100))),
            (
                #"{"action":"ON","id":"é","delay":0,"for":86400,"by":"b","reason":"r","force":true,"dry_run":true}"#,
                Command(
                    .on,
                    id: "é",
                    delay: .zero,
                    holdTime: .seconds(86_400),
                    by: "b",
                    reason: "r",
                    force: true,
                    dryRun: true
                )
            ),
            (#"{"action":"ON","limit":0.5}"#, Command(.on, limit: .milliseconds(500))),
            (
                #"{"action":"TOGGLE","limit":3600,"delay":0.25}"#,
                Command(.toggle, delay: .milliseconds(250), limit: .seconds(3600))
            ),
            (
                #"{"action":"OFF","for":0.1,"delay":86400}"#,
                Command(.off, delay: .seconds(86_400), holdTime: .milliseconds(100))
            ),
            (#"{"action":"CYCLE","off_time":3600}"#, Command(.cycle, offTime: .seconds(3600))),
            (
                #"{"action":"OFF","deadline":"2026-03-01T12:00:00Z"}"#,
                Command(.off, deadline: Date(timeIntervalSince1970: 1_772_366_400))
            ),
        ] as [(String, Command)]
    )
    func good(payload: String, command: Command) throws {
        #expect(try CommandPayload.read(Array(payload.utf8)) == .command(command))
    }

    @Test("an empty payload asks for the state")
    func empty() throws {
        #expect(try CommandPayload.read([]) == .empty)
    }

    @Test(
        "anything else says what is wrong with it",
        arguments: [
            ("ONN", "'ONN' is not a command; known are ON, OFF, TOGGLE, CYCLE and JSON objects"),
            ("ON OFF", "'ON OFF' is not a command; known are ON, OFF, TOGGLE, CYCLE and JSON objects"),
            ("[\"ON\"]", "'[\"ON\"]' is not a command; known are ON, OFF, TOGGLE, CYCLE and JSON objects"),
            ("\u{7}", "'?' is not a command; known are ON, OFF, TOGGLE, CYCLE and JSON objects"),
            ("{", "the payload begins like JSON and is not valid JSON"),
            (#"{"action":"ON"} x"#, "the payload begins like JSON and is not valid JSON"),
            (#"{"action":"ON"}{"action":"ON"}"#, "the payload begins like JSON and is not valid JSON"),
            ("{}", "the key 'action' is missing"),
            (#"{"action":"ON","state":"ON"}"#, "give 'action' or 'state', not both"),
            (#"{"action":"UP"}"#, "'UP' is not an action; known are ON, OFF, TOGGLE and CYCLE"),
            (#"{"action":1}"#, "'action' must be a string: ON, OFF, TOGGLE or CYCLE"),
            (
                #"{"action":"ON","Action":"ON"}"#,
                "unknown key 'Action'; known are 'action', 'state', 'id', 'delay', 'off_time', 'for', 'deadline', "
                    + "'limit', 'by', 'reason', 'force', 'dry_run', 'with_dependents'"
            ),
            (#"{"action":"ON","id":7}"#, "'id' must be a string"),
            (#"{"action":"ON","delay":-1}"#, "'delay' must be a number of seconds from 0 to 86400"),
            (#"{"action":"ON","delay":86400.1}"#, "'delay' must be a number of seconds from 0 to 86400"),
            (#"{"action":"ON","delay":"1"}"#, "'delay' must be a number of seconds from 0 to 86400"),
            (#"{"action":"CYCLE","off_time":0}"#, "'off_time' must be a number of seconds from 0.1 to 3600"),
            (#"{"action":"CYCLE","off_time":3600.1}"#, "'off_time' must be a number of seconds from 0.1 to 3600"),
            (#"{"action":"ON","limit":0.4}"#, "'limit' must be a number of seconds from 0.5 to 3600"),
            (#"{"action":"ON","limit":3600.1}"#, "'limit' must be a number of seconds from 0.5 to 3600"),
            (#"{"action":"ON","limit":"15"}"#, "'limit' must be a number of seconds from 0.5 to 3600"),
            (#"{"action":"ON","for":0}"#, "'for' must be a number of seconds from 0.1 to 86400"),
            (#"{"action":"ON","for":86400.1}"#, "'for' must be a number of seconds from 0.1 to 86400"),
            (#"{"action":"ON","off_time":1}"#, "'off_time' goes with CYCLE, not with ON"),
            (#"{"action":"TOGGLE","for":1}"#, "'for' goes with ON and OFF, not with TOGGLE"),
            (#"{"action":"ON","force":1}"#, "'force' must be true or false"),
            (
                #"{"action":"ON","deadline":"tomorrow"}"#,
                "'deadline' must be a time as in RFC 3339, like 2026-03-01T12:00:00Z"
            ),
            (#"{"action":"ON","by":null}"#, "'by' must be a string"),
            (#"{"action":"ON","action":"OFF"}"#, "the key 'action' is given twice"),
            (#"{"action":"OFF","action":"OFF"}"#, "the key 'action' is given twice"),
            (#"{"action":"OFF" , "\u0061ction" : "ON"}"#, "the key 'action' is given twice"),
            (#"{"action":"OFF","force":true,"by":"x","force":false}"#, "the key 'force' is given twice"),
            (#"{"action":"ON","id":"a","id":"b"}"#, "the key 'id' is given twice"),
            ("{\0\"\0a\0\"\0}\0", "the payload begins like JSON and is not valid JSON"),
        ] as [(String, String)]
    )
    func bad(payload: String, words: String) {
        #expect(throws: BadPayload(words)) { try CommandPayload.read(Array(payload.utf8)) }
    }

    @Test("what is too long or not UTF-8 is refused, and a readable id comes back")
    func limits() {
        #expect(throws: BadPayload("the payload is not UTF-8")) { try CommandPayload.read([0xFF, 0x4F]) }
        #expect(throws: BadPayload("the payload has 16385 bytes, 16384 are allowed")) {
            try CommandPayload.read(Array(repeating: 0x20, count: 16_385))
        }
        let long = String(repeating: "é", count: 33)
        #expect(throws: BadPayload("'id' has 66 bytes, 64 are allowed")) {
            try CommandPayload.read(Array(#"{"action":"ON","id":"\#(long)"}"#.utf8))
        }
        for (key, most) in [("id", 64), ("by", 1024), ("reason", 1024)] {
            let fits = String(repeating: "x", count: most)
            let command = #"{"action":"ON","\#(key)":"\#(fits)"}"#
            #expect(throws: Never.self) { try CommandPayload.read(Array(command.utf8)) }
            #expect(throws: BadPayload("'\(key)' has \(most + 1) bytes, \(most) are allowed")) {
                try CommandPayload.read(Array(command.replacing(fits, with: fits + "x").utf8))
            }
        }
        #expect(throws: BadPayload("'force' must be true or false", id: "mine")) {
            try CommandPayload.read(Array(#"{"action":"ON","id":"mine","force":"yes"}"#.utf8))
        }
    }

    @Test(
        "the same words as values, or in other objects, are no repeated keys, and the id of such a command comes back"
    )
    func repeatedWords() throws {
        let text = #"{"action":"ON","by":"action\":\"","reason":"action"}"#
        #expect(
            try CommandPayload.read(Array(text.utf8))
                == .command(Command(.on, by: #"action":""#, reason: "action"))
        )
        #expect(throws: BadPayload("the key 'force' is given twice", id: "mine")) {
            try CommandPayload.read(Array(#"{"action":"ON","force":true,"id":"mine","force":true}"#.utf8))
        }
    }

    @Test("a key that is given twice is found wherever it stands, and no other is", arguments: 1...20)
    func repeatedKeys(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let names = ["action", "a", "\u{e9}", "\\\"", "for", "", "{", "\\u0062", "]:", "\u{1F600}"]
        let values = [
            "1", #""action""#, #"{"a":1,"a":{"a":2}}"#, #"["a","b:",{"c":[]}]"#, "null", #""\\""#, #""{\"a\":""#,
        ]
        for _ in 0..<200 {
            let keys = (0..<Int.random(in: 0...8, using: &random)).compactMap { _ in names.randomElement(using: &random)
            }
            let space = ["", " ", "\n\t"].randomElement(using: &random) ?? ""
            let members = keys.map { key in
                "\"\(key)\"\(space):\(space)" + (values.randomElement(using: &random) ?? "0")
            }
            let text = Array("{\(space)\(members.joined(separator: ",\(space)"))}".utf8)
            let found = JSONKeys(of: text)
            #expect(found.names.count == keys.count)
            #expect(
                (found.repeated != nil) == (Set(keys).count < keys.count),
                "\(String(decoding: text, as: UTF8.self))"
            )
        }
    }

    @Test("nonsense never does more than be refused", arguments: 1...8)
    func nonsense(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let seeds = [
            #"{"action":"CYCLE","id":"a","off_time":1.5,"delay":2,"force":false}"#, #"{"a":1,"a":{"\u0061":"}"}}"#,
            "ON", "[[[[", "{\"a\":1e999}",
            #"{"action":"ON","deadline":"2026-03-01T12:00:00Z","for":3}"#, "\u{FEFF}ON", "{\"action\":\"\\ud800\"}",
        ]
        for _ in 0..<2000 {
            var bytes = Array(seeds[Int.random(in: seeds.indices, using: &random)].utf8)
            for _ in 0...Int.random(in: 0...6, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
                default: bytes = Array(bytes[..<place])
                }
            }
            guard case .command(let command)? = try? CommandPayload.read(bytes) else { continue }
            // What is let in is within the limits of the command language.
            #expect(command.delay.map { (.zero ... .seconds(86_400)).contains($0) } ?? true)
            #expect(command.offTime.map { (.milliseconds(100) ... .seconds(3600)).contains($0) } ?? true)
            #expect((command.id?.utf8.count ?? 0) <= 64)
        }
    }
}
