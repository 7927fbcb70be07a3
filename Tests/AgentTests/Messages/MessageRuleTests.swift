import Power
import TestSupport
import Testing

@testable import Agent

/// What holds for every kind of `set` topic alike, also for what no broker or library of today lets through.
@Suite("On every kind of set topic", .timeLimit(.minutes(10)))
struct MessageRuleTests {
    /// The topic's levels below the base, where the result comes, and an outlet that it is about.
    struct Place: Sendable, CustomTestStringConvertible {
        var topic: String
        var result: String
        var outlet: String

        var testDescription: String { topic }
    }

    private static let places: [Place] = {
        let plain = [
            ("pdu/a/outlet/1", "pdu/a/outlet/1"), ("pdu/a/outlet/all", "pdu/a/outlet/1"),
            ("group/together", "pdu/b/outlet/4"), ("load/guarded", "pdu/a/outlet/2"),
        ]
        return plain.flatMap { target, outlet in
            ["", "user/anna/"].map {
                Place(topic: "lab/\($0)\(target)/set", result: "lab/\(target)/result", outlet: "lab/\(outlet)")
            }
        }
    }()

    private let directory = ScratchDirectory()
    private let published = Recorder<Publication>()

    /// Runs an agent that has read its devices and reads them again only when it is asked to.
    private func run(_ body: (ModelAgent) async throws -> Void) async throws {
        let agent = await ModelAgent(directory: directory.path, published: published, trouble: 0, seed: 1) { rules in
            rules.pollInterval = .seconds(3600)
            rules.limit = .seconds(600)
        }
        try await agent.run {
            for pdu in ["a", "b"] {
                try await published.first { $0.topic == "lab/pdu/\(pdu)/info" }
                for outlet in 1...ModelAgent.outlets {
                    try await published.first { $0.topic == "lab/pdu/\(pdu)/outlet/\(outlet)/state" }
                }
            }
            try await body(agent)
        }
    }

    /// The results since a mark, by their topics.
    private func results(from mark: Int) -> [Publication] {
        published.elements.dropFirst(mark).filter { $0.topic.hasSuffix("/result") }
    }

    @Test("a retained command is refused, and clearing it switches and answers nothing", arguments: places)
    func retained(place: Place) async throws {
        try await run { agent in
            let mark = published.count
            let payload = Array(#"{"action":"ON","id":"r","force":true}"#.utf8)
            for payload in [payload, []] {
                await agent.router.route(Delivery(topic: place.topic, payload: payload, isRetained: true))
            }
            let results = results(from: mark)
            #expect(results.map(\.topic) == [place.result])
            let text = String(decoding: results.first?.payload ?? [], as: UTF8.self)
            #expect(text.contains(#""code":"retained""#) && text.contains(#""status":"rejected""#))
            #expect(text.contains(#""id":"r""#))
            #expect(agent.drivers.allSatisfy { $0.record.isEmpty })
        }
    }

    @Test(
        "a response topic where nobody may write through the agent is refused, and nothing is published there",
        arguments: places
    )
    func responseTopics(place: Place) async throws {
        try await run { agent in
            for topic in [
                "lab", "lab/x", place.topic, "homeassistant", "homeassistant/x", "$SYS/x", "", "reply/+", "reply/#",
                "+", "#",
                "a/+/b",
            ] {
                let mark = published.count
                await agent.router.route(
                    Delivery(topic: place.topic, payload: Array("ON".utf8), responseTopic: topic)
                )
                let told = published.elements.dropFirst(mark).filter { $0.importance == .notice }
                #expect(told.map(\.topic) == [place.result], "\(topic)")
                let text = String(decoding: told.first?.payload ?? [], as: UTF8.self)
                #expect(text.contains(#""code":"bad_payload""#), "\(topic): \(text)")
            }
            #expect(agent.drivers.allSatisfy { $0.record.isEmpty })
        }
    }

    @Test("an empty payload has the device read and told again, and is answered with no result", arguments: places)
    func empty(place: Place) async throws {
        try await run { agent in
            let mark = published.count
            let on = [1, 2, 4].map { (ScheduleBench.number($0), PowerState.on) }
            for driver in agent.drivers { driver.put(Dictionary(uniqueKeysWithValues: on)) }
            await agent.router.route(Delivery(topic: place.topic, payload: [], responseTopic: "reply/x"))
            try await published.first(from: mark) {
                $0.topic == "\(place.outlet)/state" && $0.payload == Array("ON".utf8)
            }
            #expect(!published.elements.dropFirst(mark).contains { $0.importance == .notice })
            #expect(agent.drivers.allSatisfy { $0.record.isEmpty })
        }
    }

    @Test("a payload over 16 KiB is refused by its size alone, and the next command is carried out", arguments: places)
    func tooLong(place: Place) async throws {
        try await run { agent in
            let mark = published.count
            // As the client hands it over: without the payload.
            await agent.router.route(Delivery(topic: place.topic, payload: [], size: 16_385))
            let text = String(decoding: results(from: mark).first?.payload ?? [], as: UTF8.self)
            #expect(text.contains("16385 bytes") && text.contains(#""code":"bad_payload""#), "\(text)")
            let next = published.count
            await agent.router.route(
                Delivery(topic: place.topic, payload: Array(#"{"action":"ON","force":true}"#.utf8))
            )
            let done = try await published.first(from: next) { $0.topic == place.result }.element
            #expect(String(decoding: done.payload, as: UTF8.self).contains(#""status":"done""#))
        }
    }
}
