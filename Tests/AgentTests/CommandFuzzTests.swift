import Agent
import TestSupport
import Testing

@Suite("Nonsense on the topics of commands")
struct CommandFuzzTests {
    private static let payloads = [
        "ON", "toggle", #"{"action":"CYCLE","off_time":3,"id":"try-1","by":"me","reason":"why"}"#,
        #"{"state":"OFF","delay":0.5,"deadline":"2026-03-01T12:00:00.5+01:00","force":true}"#,
        #"{"action":"ON","for":1e2,"dry_run":false,"id":"\u00e9\ud83d\ude00"}"#,
        #"{"action":"ON","reason":"a\"b:{[","action":"OFF","\u0061ction":"ON","id":"twice"}"#,
    ]

    @Test(
        "is a command within the limits, or is refused with words that can be shown",
        arguments: 0..<8 as Range<UInt64>
    )
    func payloads(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for round in Fuzz.rounds(300) {
            let payload = Array(Self.payloads[round % Self.payloads.count].utf8)
            for bytes in [random.mutated(payload), random.bytes(upTo: 60)] {
                do throws(BadPayload) {
                    guard case .command(let command) = try CommandPayload.read(bytes) else { continue }
                    #expect((command.id?.utf8.count ?? 0) <= 64)
                    #expect((.zero ... .seconds(86_400)).contains(command.delay ?? .zero))
                    #expect((.milliseconds(100) ... .seconds(3600)).contains(command.offTime ?? .seconds(1)))
                    #expect((.milliseconds(100) ... .seconds(86_400)).contains(command.holdTime ?? .seconds(1)))
                } catch {
                    #expect(!error.description.isEmpty && error.description.utf8.count < 400)
                    #expect(!error.description.unicodeScalars.contains { $0.properties.generalCategory == .control })
                }
            }
        }
    }

    @Test("never makes an outlet of a topic that names none", arguments: 0..<4 as Range<UInt64>)
    func topics(seed: UInt64) {
        let topics = TopicMap(base: "lab")
        let examples = ["lab/pdu/bench/outlet/1/set", "lab/pdu/bench/outlet/all/set", "lab/group/rack/set"]
        var random = SeededRandom(seed: seed)
        for round in Fuzz.rounds(300) {
            let example = examples[round % examples.count]
            let topic = String(decoding: random.mutated(Array(example.utf8)), as: UTF8.self)
            guard case .outlet(let pdu, let outlet) = topics.parse(topic) else { continue }
            #expect("lab/pdu/\(pdu)/outlet/\(outlet.topicLevel)/set" == topic)
        }
    }
}
