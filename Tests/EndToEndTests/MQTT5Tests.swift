import MQTTClient
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("With MQTT 5", .timeLimit(.minutes(10)))
struct MQTT5Tests {
    @Test("a result also goes to the response topic, with the correlation data and not retained")
    func responseTopic() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let data: [UInt8] = [0, 1, 2, 0xFF]
            let properties = MessageProperties(responseTopic: "reply/to/me", correlationData: data)
            let answer = try await bench.command("strip/1", #"{"action":"ON","id":"r"}"#, properties: properties)
            #expect(answer.verdict == "done")
            let reply = try await bench.observer.messages.first { $0.topic == "reply/to/me" }.element
            #expect(reply.properties.correlationData == data && !reply.isRetained)
            #expect(reply.text == bench.observer.texts(on: "lab/pdu/strip/outlet/1/result").last)
            #expect(
                try await bench.retained(until: "lab/agent/bench-1/availability")["lab/pdu/strip/outlet/1/result"]
                    == nil
            )
        }
    }

    @Test("refusals reach the response topic too, of outlets and of groups")
    func refusals() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            file.groups = ["one: { outlets: [strip/1] }"]
            try await bench.start(file)
            let properties = MessageProperties(responseTopic: "reply/x", correlationData: [7])
            for (topic, payload, verdict) in [
                ("pdu/strip/outlet/1", "EXPLODE", "rejected/bad_payload"),
                ("pdu/strip/outlet/9", "ON", "rejected/unknown_outlet"),
                ("pdu/strip/outlet/nine", "ON", "rejected/unknown_outlet"),
                ("pdu/strip/outlet/all", "EXPLODE", "rejected/bad_payload"),
                ("group/one", "EXPLODE", "rejected/bad_payload"),
                ("group/none", "ON", "rejected/unknown_group"),
                ("group/one", "ON", "done"),
                ("pdu/strip/outlet/all", "ON", "done"),
            ] {
                let mark = bench.observer.mark
                try await bench.observer.send("lab/\(topic)/set", payload, properties: properties)
                let reply = try await bench.observer.messages.first(from: mark) { $0.topic == "reply/x" }.element
                #expect(try Answer.read(reply.text).verdict == verdict, "\(topic)")
                #expect(reply.properties.correlationData == [7])
            }
        }
    }

    @Test("a response topic that would let somebody act with the agent's rights is refused")
    func forbiddenResponseTopic() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            for topic in [
                "lab", "lab/pdu/strip/outlet/2/set", "lab/pdu/strip/outlet/1/state", "homeassistant/switch/x/config",
                "homeassistant", "$SYS/x",
            ] {
                let properties = MessageProperties(responseTopic: topic, correlationData: Array("ON".utf8))
                let answer = try await bench.command("strip/1", #"{"action":"ON","id":"f"}"#, properties: properties)
                #expect(answer.verdict == "rejected/bad_payload" && answer.id == "f", "\(topic)")
                #expect(answer.error?.message.contains("response topic") == true)
            }
            // Brokers and libraries let no wildcard through; one that does is met by the same rule.
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            #expect(strip.record.switches == ["1=1"])
        }
    }

    @Test("message expiry counts as a deadline")
    func expiry() async throws {
        try await Bench.run { bench in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(initialState: .on))
            try await bench.start(AgentFile.rack(port: rack.port))
            let mark = bench.observer.mark
            try await bench.observer.send(
                "lab/pdu/rack/outlet/1/set",
                #"{"action":"CYCLE","off_time":5,"id":"cycle"}"#
            )
            let properties = MessageProperties(messageExpiryInterval: 3)
            try await bench.observer.send(
                "lab/pdu/rack/outlet/1/set",
                #"{"action":"OFF","id":"late"}"#,
                properties: properties
            )
            #expect(try await bench.answer("rack/1", id: "late", from: mark).verdict == "expired/expired")
            #expect(try await bench.answer("rack/1", id: "cycle", from: mark).verdict == "done")
            #expect(rack.record.switches == ["1=0", "1=1"])
            let enough = MessageProperties(messageExpiryInterval: 60)
            #expect(try await bench.command("rack/1", "OFF", properties: enough).verdict == "done")
            await rack.stop()
        }
    }

    @Test("a deadline that has passed is answered as expired, and nothing is switched")
    func deadline() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let late = #"{"action":"ON","deadline":"2020-01-01T00:00:00Z"}"#
            #expect(try await bench.command("strip/1", late).status == "expired")
            let good = #"{"action":"ON","deadline":"2999-01-01T00:00:00+01:00"}"#
            #expect(try await bench.command("strip/1", good).verdict == "done")
            #expect(strip.record.switches == ["1=1"])
        }
    }

    @Test("user properties say who asks, unless the payload does")
    func userProperties() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let properties = MessageProperties(userProperties: [
                UserProperty(name: "by", value: "ci-7"), UserProperty(name: "reason", value: "nightly"),
                UserProperty(name: "else", value: "ignored"),
            ])
            #expect(try await bench.command("strip/1", "ON", properties: properties).by == "ci-7")
            let own = #"{"action":"OFF","by":"anna"}"#
            #expect(try await bench.command("strip/1", own, properties: properties).by == "anna")
        }
    }

    @Test("agents that speak MQTT 3.1.1 switch as well")
    func version311() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.mqtt = ["protocol: '3.1.1'"]
            file.pdus = [AgentFile.strip(device: strip)]
            try await bench.start(file)
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            #expect(strip.record.switches == ["1=1"])
        }
    }

    @Test("another base topic moves everything, and guards itself as the usual one does")
    func baseTopic() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.mqtt = ["base_topic: site/hall 3"]
            file.pdus = [AgentFile.strip(device: strip)]
            try await bench.launch(file)
            try await bench.observer.message(on: "site/hall 3/agent/bench-1/availability") { $0 == "online" }
            try await bench.observer.message(on: "site/hall 3/pdu/strip/outlet/4/state") { $0 == "OFF" }
            for (response, verdict) in [("site/hall 3/x", "rejected/bad_payload"), ("lab/x", "done")] {
                let mark = bench.observer.mark
                let properties = MessageProperties(responseTopic: response)
                try await bench.observer.send("site/hall 3/pdu/strip/outlet/1/set", "ON", properties: properties)
                let topic = "site/hall 3/pdu/strip/outlet/1/result"
                #expect(
                    try Answer.read(try await bench.observer.message(on: topic, from: mark).text).verdict == verdict
                )
            }
            #expect(strip.record.switches == ["1=1"])
            #expect(!bench.observer.messages.elements.contains { $0.topic.hasPrefix("lab/") && $0.topic != "lab/x" })
        }
    }
}
