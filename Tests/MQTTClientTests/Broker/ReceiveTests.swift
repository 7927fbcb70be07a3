import LocalServices
import MQTTClient
import TestSupport
import Testing

@Suite("Receiving from a broker", .timeLimit(.minutes(10)))
struct ReceiveTests {
    @Test("A message that the broker had kept carries the retained flag, a new one does not")
    func retainedFlag() async throws {
        let broker = try await Mosquitto.start()
        let publisher = try MQTTConfiguration.local(broker.port, id: "publisher")
        let subscriber = try MQTTConfiguration.local(broker.port, id: "subscriber", subscribing: "lab/#")
        try await RunningClient.with(publisher) { (publisher: RunningClient) in
            try await publisher.client.publish(OutgoingMessage(topic: "lab/old", text: "ON", isRetained: true))
            try await RunningClient.with(subscriber) { (one: RunningClient) in
                #expect(try await one.message(on: "lab/old").isRetained)
                try await publisher.client.publish(OutgoingMessage(topic: "lab/new", text: "ON", isRetained: true))
                #expect(try await one.message(on: "lab/new").isRetained == false)
            }
        }
    }

    @Test("What the broker has kept is not sent when the subscription says never; retain-as-published shows the wish")
    func options() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") {
            $0.subscriptions = [
                Subscription("lab/#", retainHandling: .never, retainAsPublished: true),
                Subscription("own/#", noLocal: true),
            ]
        }
        try await RunningClient.with(try .local(broker.port, id: "b")) { (other: RunningClient) in
            try await other.client.publish(OutgoingMessage(topic: "lab/old", text: "ON", isRetained: true))
            try await RunningClient.with(configuration) { (one: RunningClient) in
                _ = try await one.whenSubscribed()
                try await one.client.publish(OutgoingMessage(topic: "own/a", text: "mine"))
                try await other.client.publish(OutgoingMessage(topic: "lab/new", text: "ON", isRetained: true))
                #expect(try await one.message(on: "lab/new").isRetained)
                #expect(one.messages.map(\.topic) == ["lab/new"])
            }
        }
    }

    @Test("A payload over the limit arrives as its size only, and the next message as usual")
    func oversized() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#")
        try await RunningClient.with(configuration) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            for size in [16_384, 16_385, 2_000_000] {
                let payload = [UInt8](repeating: 1, count: size)
                try one.client.enqueue(OutgoingMessage(topic: "lab/\(size)", payload: payload))
            }
            #expect(try await one.message(on: "lab/16384").payload?.count == 16_384)
            for size in [16_385, 2_000_000] {
                let message = try await one.message(on: "lab/\(size)")
                #expect(message.isOversized)
                #expect(message.payloadSize == size)
            }
        }
    }

    @Test("A message with more user properties than anybody needs arrives without payload")
    func oversizedProperties() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#")
        try await RunningClient.with(configuration) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            let property = UserProperty(name: "n", value: String(repeating: "x", count: 40_000))
            let properties = MessageProperties(userProperties: [property, property])
            try await one.client.publish(OutgoingMessage(topic: "lab/a", text: "x", properties: properties))
            #expect(try await one.message(on: "lab/a").isOversized)
        }
    }

    @Test("A consumer that is far behind loses nothing, and reading is suspended meanwhile")
    func backPressure() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(maximumQueued: 100_000))
        let slow = try MQTTConfiguration.local(broker.port, id: "slow", subscribing: "lab/#") {
            $0.maximumOutstandingEvents = 100
        }
        let count = 5_000
        let client = try MQTTClient(configuration: slow, logger: RecordingLogHandler.logger(Recorder()))
        try await RunningClient.with(try .local(broker.port, id: "fast")) { (fast: RunningClient) in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await client.run() }
                var events = client.events.makeAsyncIterator()
                while let event = await events.next(), event != .subscriptionsGranted {}
                for number in 0..<count {
                    try fast.client.enqueue(OutgoingMessage(topic: "lab/a", text: "\(number)"))
                }
                // When the last one is acknowledged the broker has all of them, and nobody has taken one.
                try await fast.client.publish(OutgoingMessage(topic: "other", text: ""))
                var received: [String?] = []
                while received.count < count, let event = await events.next() {
                    if case .message(let message) = event { received.append(message.text) }
                }
                #expect(received == (0..<count).map(String.init))
                #expect(client.statistics.suspensions > 1)
                await client.stop()
            }
        }
    }

    @Test("While a consumer is behind, the connection stays alive beyond the keepalive, and nothing is lost")
    func aliveWhileBehind() async throws {
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: .send(packet.welcome)
            case 8:
                .send(
                    [0x90, 4] + packet.number + [0, 1] + (0..<50).flatMap { [0x30, 5, 0, 1, UInt8(ascii: "a"), 0, $0] }
                )
            case 10: .send([0xB0, 4] + packet.number + [0, 17])
            default: .nothing
            }
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "a") {
            $0.maximumOutstandingEvents = 10
            $0.keepAlive = .seconds(5)
        }
        let client = try MQTTClient(configuration: configuration, logger: RecordingLogHandler.logger(Recorder()))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            // A sign of life each half keepalive: after five of them two keepalives are over.
            var next = 0
            for _ in 0..<5 { next = try await broker.packets.first(from: next) { $0.type == 10 }.next }
            #expect(client.statistics.isConnected)
            #expect(client.statistics.received < 50)
            var received: [UInt8] = []
            for await event in client.events {
                if case .message(let message) = event { received += message.payload ?? [] }
                if received.count == 50 { break }
            }
            #expect(received == (0..<50).map { UInt8($0) })
            #expect(client.statistics.connections == 1)
            await client.stop(within: .zero)
        }
    }

    @Test("A broker that wants no keepalive is not taken for dead")
    func noKeepAlive() async throws {
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: .send([0x20, 6, 0, 0, 3, 0x13, 0, 0])
            case 10: .send([0xB0, 4] + packet.number + [0, 17])
            default: .nothing
            }
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") { $0.keepAlive = .seconds(5) }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            var next = 0
            for _ in 0..<5 { next = try await broker.packets.first(from: next) { $0.type == 10 }.next }
            #expect(one.client.statistics.connections == 1)
            #expect(one.client.statistics.isConnected)
        }
    }

    @Test("A broker that is busy and answers other things before a ping is not taken for dead")
    func busyBroker() async throws {
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: .send(packet.welcome)
            case 10: .send([0xB0, 4] + packet.number + [0, 17])
            // It comes to the subscription, and to what is behind that, later than ever.
            case 8: .nothing
            case 12: .send([0x30, 4, 0, 1, UInt8(ascii: "a"), 0])
            default: .nothing
            }
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "a") {
            $0.keepAlive = .seconds(5)
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            // The library gives up a broker whose answer to a ping takes longer than the keepalive.
            var next = 0
            for _ in 0..<5 { next = try await broker.packets.first(from: next) { $0.type == 10 }.next }
            #expect(one.client.statistics.connections == 1)
            #expect(one.client.statistics.isConnected)
        }
    }

    @Test("A subscription that the broker refuses is told once and asked for again", arguments: ProtocolChoice.allCases)
    func refusedSubscription(choice: ProtocolChoice) async throws {
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: .send(packet.welcome)
            case 8:
                // The filter of the second subscription ends with a b; its answer is the refusal.
                .send(
                    choice == .v311
                        ? [0x90, 3] + packet.number + [packet.body.dropLast().last == UInt8(ascii: "b") ? 0x80 : 1]
                        : [0x90, 4] + packet.number + [0, packet.body.dropLast().last == UInt8(ascii: "b") ? 0x87 : 1]
                )
            default: .nothing
            }
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "x", subscribing: "lab/a", "lab/b") {
            $0.protocolChoice = choice
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            let refusal = try await one.events.first { if case .subscriptionRefused = $0 { true } else { false } }
            guard case .subscriptionRefused(let subscription, let error) = refusal.element else { return }
            #expect(subscription.filter == "lab/b")
            #expect(error.code == .notAuthorised)
            // It is asked for three times in all: the first, and two more with growing delays.
            var next = 0
            for _ in 0..<4 { next = try await broker.packets.first(from: next) { $0.type == 8 }.next }
            #expect(one.log.elements.count { $0.contains("does not let us subscribe to 'lab/b'") } == 1)
            #expect(!one.events.elements.contains(.subscriptionsGranted))
            #expect(one.client.statistics.isSubscribed == false)
        }
    }

    @Test("What is published while a broker is busy with a subscription is not behind the subscriptions after it")
    func publishedInBetween() async throws {
        let asked = Recorder<[UInt8]>()
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: return .send(packet.welcome)
            case 8:
                asked.append(packet.number)
                return asked.count == 1 ? .nothing : .send([0x90, 4] + packet.number + [0, 1])
            case 3: return .send([0x90, 4] + asked.elements[0] + [0, 1, 0x40, 2] + packet.number)
            default: return .nothing
            }
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "x", subscribing: "lab/a", "lab/b", "lab/c")
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await broker.packets.first { $0.type == 8 }
            try await one.client.publish(OutgoingMessage(topic: "lab/x", payload: [1], qos: .atLeastOnce))
            _ = try await one.whenSubscribed()
            let types: [UInt8] = broker.packets.elements.map(\.type)
            #expect(types.filter { [3, 8].contains($0) } == [8, 3, 8, 8])
        }
    }

    @Test("One that is not required and refused is told once, asked for again, and holds nothing up")
    func refusedExtra() async throws {
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: .send(packet.welcome)
            case 8:
                .send(
                    [0x90, 4] + packet.number + [0, packet.body.dropLast().last == UInt8(ascii: "b") ? 0x87 : 1]
                )
            default: .nothing
            }
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "x") {
            $0.protocolChoice = .v5
            $0.subscriptions = [Subscription("lab/b", isRequired: false), Subscription("lab/a")]
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            #expect(one.client.statistics.isSubscribed)
            var next = 0
            for _ in 0..<4 { next = try await broker.packets.first(from: next) { $0.type == 8 }.next }
            #expect(one.log.elements.count { $0.contains("does not let us subscribe to 'lab/b'") } == 1)
            #expect(one.events.elements.count { $0 == .subscriptionsGranted } == 1)
        }
    }

    @Test("Subscriptions can be replaced while connected")
    func replaced() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#", "both/#")
        try await RunningClient.with(configuration) { (one: RunningClient) in
            var next = try await one.whenSubscribed()
            try await one.client.setSubscriptions([Subscription("both/#"), Subscription("new/#")])
            next = try await one.whenSubscribed(from: next)
            for topic in ["lab/a", "both/a", "new/a"] {
                try await one.client.publish(OutgoingMessage(topic: topic, text: "x"))
            }
            try await one.message(on: "new/a")
            #expect(one.messages.map(\.topic) == ["both/a", "new/a"])
            try await one.client.changeSubscriptions(adding: [Subscription("lab/#")], removing: ["both/#", "none/#"])
            _ = try await one.whenSubscribed(from: next)
            for topic in ["both/b", "lab/b"] {
                try await one.client.publish(OutgoingMessage(topic: topic, text: "x"))
            }
            try await one.message(on: "lab/b")
            #expect(one.messages.map(\.topic) == ["both/a", "new/a", "lab/b"])
        }
    }

    @Test("A second loop over the events ends at once")
    func secondConsumer() async throws {
        let client = try MQTTClient(
            configuration: .local(1, id: "a"),
            logger: RecordingLogHandler.logger(Recorder())
        )
        await withTaskGroup(of: Int.self) { group in
            for number in 0..<2 {
                group.addTask {
                    for await _ in client.events {}
                    return number
                }
            }
            // One of them ends although the client has not; the other does when it stops.
            _ = await group.next()
            await client.stop()
            _ = await group.next()
        }
    }
}
