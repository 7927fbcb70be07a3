import LocalServices
import MQTTClient
import TestSupport
import Testing

@Suite("Publishing to a real broker", .timeLimit(.minutes(10)))
struct PublishTests {
    @Test("What is taken back is not sent again, and a notice follows what was on its way")
    func takenBack() async throws {
        let notices = Recorder<Int>()
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: return .send(packet.welcome)
            case 3 where packet.topic == "lab/notice":
                notices.append(1)
                return notices.count == 1 ? .close : .nothing
            default: return .nothing
            }
        }
        try await RunningClient.with(try .local(broker.port, id: "a") { $0.protocolChoice = .v311 }) {
            (one: RunningClient) in
            for topic in ["lab/a", "lab/b"] {
                try one.client.enqueue(OutgoingMessage(topic: topic, text: "x", isRetained: true))
            }
            try await broker.packets.first { $0.topic == "lab/b" }
            one.client.withdraw(["lab/a"], notice: OutgoingMessage(topic: "lab/notice", text: ""))
            let again = try await broker.packets.first { $0.topic == "lab/notice" }.next
            try await broker.packets.first(from: again) { $0.topic == "lab/notice" }
            #expect(broker.packets.elements.dropFirst(again).compactMap(\.topic) == ["lab/b", "lab/notice"])
            // Nothing of it was on its way: nobody needs to be told.
            one.client.withdraw(["lab/c"], notice: OutgoingMessage(topic: "lab/none", text: ""))
            try one.client.enqueue(OutgoingMessage(topic: "lab/last", text: ""))
            try await broker.packets.first { $0.topic == "lab/last" }
            #expect(!broker.packets.elements.contains { $0.topic == "lab/none" })
        }
    }

    @Test("A message arrives with its payload, QoS and all MQTT 5 properties")
    func properties() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#")
        try await RunningClient.with(configuration) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            let properties = MessageProperties(
                responseTopic: "answers/1",
                correlationData: [0, 255, 7],
                messageExpiryInterval: 60,
                contentType: "text/plain",
                userProperties: [UserProperty(name: "by", value: "ci"), UserProperty(name: "by", value: "näme")]
            )
            try await one.client.publish(OutgoingMessage(topic: "lab/a", text: "ON", properties: properties))
            let message = try await one.message(on: "lab/a")
            #expect(message.text == "ON")
            #expect(message.qos == .atLeastOnce)
            #expect(message.isRetained == false)
            #expect(message.properties == properties)
            #expect(one.client.statistics.protocolVersion == .v5)
            #expect(one.client.statistics.published == 1)
        }
    }

    @Test("With MQTT 3.1.1 a message arrives without properties")
    func oldProtocol() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#") {
            $0.protocolChoice = .v311
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            let properties = MessageProperties(responseTopic: "x")
            try await one.client.publish(OutgoingMessage(topic: "lab/a", text: "ON", properties: properties))
            let message = try await one.message(on: "lab/a")
            #expect(message.text == "ON")
            #expect(message.properties == MessageProperties())
            #expect(one.client.statistics.protocolVersion == .v311)
        }
    }

    @Test("10,000 publishes at once are all acknowledged", arguments: [nil, 1, 1_000])
    func manyAtOnce(brokerLimit: Int?) async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(maximumInflight: brokerLimit))
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            let count = brokerLimit == 1 ? 2_000 : 10_000
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    group.addTask {
                        try await one.client.publish(OutgoingMessage(topic: "lab/\(number)", text: "\(number)"))
                    }
                }
                try await group.waitForAll()
            }
            #expect(one.client.statistics.published == UInt64(count))
            #expect(one.client.statistics.queued == 0)
        }
    }

    @Test("Messages arrive in the order in which they were queued, whatever their QoS")
    func order() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(maximumQueued: 10_000))
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#")
        try await RunningClient.with(configuration) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            let expected = (0..<3_000).map(String.init)
            for (index, text) in expected.enumerated() {
                let qos: QoS = index.isMultiple(of: 3) ? .atMostOnce : .atLeastOnce
                try one.client.enqueue(OutgoingMessage(topic: "lab/a", text: text, qos: qos))
            }
            try await one.client.publish(OutgoingMessage(topic: "lab/end", text: ""))
            try await one.message(on: "lab/end")
            #expect(one.messages.dropLast().map(\.text) == expected)
        }
    }

    @Test("A publish that the broker does not allow fails naming the topic, and the next one works")
    func refusedByAccessControl() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(accessControl: "topic readwrite lab/#\n"))
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            let error = await #expect(throws: MQTTError.self) {
                try await one.client.publish(OutgoingMessage(topic: "other/a", text: "x", isRetained: true))
            }
            #expect(error?.code == .notAuthorised)
            #expect(error?.message.contains("'other/a'") == true)
            try await one.client.publish(OutgoingMessage(topic: "lab/a", text: "x", isRetained: true))
            #expect(one.client.statistics.refused == 1)
        }
    }

    @Test("A refused message that nobody waits for is logged once per topic")
    func refusalIsLoggedOnce() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(accessControl: "topic readwrite lab/#\n"))
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            for _ in 0..<3 {
                for topic in ["other/a", "other/b"] {
                    try one.client.enqueue(OutgoingMessage(topic: topic, text: "x"))
                }
            }
            try await one.client.publish(OutgoingMessage(topic: "lab/end", text: ""))
            let refusals = one.log.elements.filter { $0.contains("does not let us publish") }
            #expect(refusals.count == 2)
            #expect(one.client.statistics.refused == 6)
        }
    }

    @Test("A message longer than the broker takes is refused by itself, with no harm to the connection")
    func tooLongForBroker() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(additionalLines: ["max_packet_size 1000"]))
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            let error = await #expect(throws: MQTTError.self) {
                try await one.client.publish(
                    OutgoingMessage(topic: "lab/a", payload: Array(repeating: 1, count: 2_000))
                )
            }
            #expect(error?.code == .refused)
            try await one.client.publish(OutgoingMessage(topic: "lab/a", text: "x"))
            #expect(one.client.statistics.connections == 1)
        }
    }

    @Test("A message that nobody could send is refused at once", arguments: ["", "lab/+", "lab/#", "a\0b"])
    func badTopic(topic: String) throws {
        let client = try MQTTClient(
            configuration: .local(1, id: "a"),
            logger: RecordingLogHandler.logger(Recorder())
        )
        let error = #expect(throws: MQTTError.self) { try client.enqueue(OutgoingMessage(topic: topic, text: "x")) }
        #expect(error?.code == .invalidMessage)
    }

    @Test("A cancelled publish ends although the broker is away")
    func cancelledPublish() async throws {
        let broker = try FakeBroker { _ in .nothing }
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            let error = await withTaskGroup(of: MQTTError?.self) { group in
                group.addTask {
                    do throws(MQTTError) {
                        try await one.client.publish(OutgoingMessage(topic: "lab/a", text: "x"))
                        return nil
                    } catch { return error }
                }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(error?.code == .cancelled)
        }
    }
}
