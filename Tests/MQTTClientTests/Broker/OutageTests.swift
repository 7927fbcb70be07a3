import Glibc
import LocalServices
import MQTTClient
import Synchronization
import TestSupport
import Testing

@Suite("When the broker fails", .timeLimit(.minutes(10)))
struct OutageTests {
    @Test("Across kills of the broker every message is acknowledged in the end, and subscriptions stand again")
    func killedAndRestarted() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/in") {
            $0.maximumWaitingMessages = 100_000
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            var next = try await one.whenSubscribed()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<3_000 {
                    group.addTask { try await one.client.publish(OutgoingMessage(topic: "lab/out", text: "\(number)")) }
                }
                for _ in 0..<2 {
                    await broker.kill()
                    try await broker.start()
                    next = try await one.whenSubscribed(from: next)
                }
                try await group.waitForAll()
            }
            let start = one.events.count
            try await one.client.publish(OutgoingMessage(topic: "lab/in", text: "x"))
            try await one.message(on: "lab/in", from: start)
            #expect(one.client.statistics.queued == 0)
        }
    }

    @Test("Of the states of an outage only the newest per topic is published, before the results that follow it")
    func coalescing() async throws {
        let broker = try await Mosquitto.start()
        let watcher = try MQTTConfiguration.local(broker.port, id: "watcher", subscribing: "lab/#")
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            await broker.kill()
            try await one.events.first { if case .disconnected = $0 { true } else { false } }
            for number in 0..<100 {
                for outlet in 1...4 {
                    try one.client.enqueue(
                        OutgoingMessage(topic: "lab/\(outlet)/state", text: "\(number)", isRetained: true)
                    )
                }
            }
            try one.client.enqueue(OutgoingMessage(topic: "lab/result", text: "done"))
            #expect(one.client.statistics.queued == 5)
            #expect(one.client.statistics.coalesced == 396)
            try await broker.start()
            try await one.client.publish(OutgoingMessage(topic: "end", text: ""))
            try await RunningClient.with(watcher) { (watcher: RunningClient) in
                _ = try await watcher.whenSubscribed()
                for outlet in 1...4 {
                    #expect(try await watcher.message(on: "lab/\(outlet)/state").text == "99")
                }
            }
        }
    }

    @Test("Results beyond the bound are dropped, oldest first, counted and told once")
    func dropping() async throws {
        let broker = try await Mosquitto.start()
        await broker.stop()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#") {
            $0.maximumWaitingMessages = 10
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            for number in 0..<25 {
                try one.client.enqueue(OutgoingMessage(topic: "lab/result", text: "\(number)"))
            }
            #expect(one.client.statistics.dropped == 15)
            #expect(one.client.statistics.queued == 10)
            try await broker.start()
            _ = try await one.whenSubscribed()
            // Another message would be one too many before.
            try await waitUntil { one.client.statistics.queued == 0 }
            try await one.client.publish(OutgoingMessage(topic: "lab/end", text: ""))
            try await one.message(on: "lab/end")
            #expect(one.messages.dropLast().map(\.text) == (15..<25).map(String.init))
            #expect(one.log.elements.count { $0.contains("15 messages were dropped") } == 1)
        }
    }

    @Test("A retained message on one topic too many is refused")
    func tooManyTopics() async throws {
        let configuration = try MQTTConfiguration.local(try FreePort.tcp(), id: "a") { $0.maximumRetainedTopics = 2 }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            for topic in ["a", "b", "a"] {
                try one.client.enqueue(OutgoingMessage(topic: topic, text: "x", isRetained: true))
            }
            let error = #expect(throws: MQTTError.self) {
                try one.client.enqueue(OutgoingMessage(topic: "c", text: "x", isRetained: true))
            }
            #expect(error?.code == .queueFull)
        }
    }

    @Test("A frozen broker is noticed, and found again when it is thawed")
    func frozen() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") { $0.keepAlive = .seconds(5) }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            let next = try await one.whenSubscribed()
            await broker.freeze()
            let lost = try await one.events.first(from: next) { if case .disconnected = $0 { true } else { false } }
            guard case .disconnected(let error) = lost.element else { return }
            #expect(error.message.contains("does not answer any more"))
            await broker.thaw()
            try await one.events.first(from: next) { $0 == .connected(sessionPresent: false) }
        }
    }

    @Test("A broker that answers no ping is given up within two keepalives")
    func unanswered() async throws {
        let broker = try FakeBroker { packet in packet.type == 1 ? .send(packet.welcome) : .nothing }
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") { $0.keepAlive = .seconds(5) }
        let beginning = ContinuousClock.now
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.events.first { if case .disconnected = $0 { true } else { false } }
            // Not before a ping could have been answered, counted from before the connection; and before another was due.
            #expect(ContinuousClock.now - beginning > .seconds(9))
            let again = try await broker.packets.first(from: 1) { $0.type == 1 }.next
            #expect(broker.packets.elements.prefix(again).count { $0.type == 12 } <= 1)
        }
    }

    @Test("Another client with the same id is told of")
    func takeover() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "twin")
        try await RunningClient.with(configuration, configuration) { (twins: [RunningClient]) in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for twin in twins {
                    group.addTask {
                        try await twin.log.first { $0.contains("client id 'twin'") && $0.hasPrefix("error") }
                    }
                }
                _ = try await group.next()
                group.cancelAll()
            }
        }
    }

    @Test("A broker that says why it closes is quoted, and the connection sought again")
    func brokerDisconnects() async throws {
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: .send(packet.welcome)
            case 3: .send([0xE0, 2, 0x8E, 0])
            default: .nothing
            }
        }
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            let next = try await one.whenSubscribed()
            try one.client.enqueue(OutgoingMessage(topic: "lab/a", text: "x"))
            let lost = try await one.events.first(from: next) { if case .disconnected = $0 { true } else { false } }
            guard case .disconnected(let error) = lost.element else { return }
            #expect(error.code == .takenOver)
            try await one.events.first(from: lost.next) { $0 == .connected(sessionPresent: false) }
        }
    }

    @Test("A broker that sends rubbish is left and sought again")
    func rubbish() async throws {
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: .send(packet.welcome)
            default: .send([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
            }
        }
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            let next = try await one.whenSubscribed()
            try one.client.enqueue(OutgoingMessage(topic: "lab/a", text: "x"))
            let lost = try await one.events.first(from: next) { if case .disconnected = $0 { true } else { false } }
            try await one.events.first(from: lost.next) { $0 == .connected(sessionPresent: false) }
        }
    }

    @Test("That we are there is not said again on the next connection before it has granted the subscriptions")
    func lastWillOvertakes() async throws {
        let connections = Recorder<Void>()
        let subscription = Mutex<[UInt8]>([])
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1:
                connections.append(())
                return .send(packet.welcome)
            case 8 where connections.count == 1: return .send([0x90, 4] + packet.number + [0, 0])
            case 8:
                subscription.withLock { $0 = packet.number }
                return .nothing
            // The connection is lost while the broker has the message and we do not know that.
            case 3 where connections.count == 1: return .close
            // The subscription is granted only when something else has come.
            case 3: return .send([0x40, 2] + packet.number + [0x90, 4] + subscription.withLock(\.self) + [0, 0])
            default: return .nothing
            }
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/in") {
            $0.lastWill = LastWill(topic: "lab/agent", payload: Array("offline".utf8))
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            let online = OutgoingMessage(topic: "lab/agent", text: "online", isRetained: true)
            let state = OutgoingMessage(topic: "lab/state", text: "ON", isRetained: true)
            var next = try await one.whenSubscribed()
            let lost = await #expect(throws: MQTTError.self) { try await one.client.publish(online) }
            #expect(lost?.code == .dropped)
            next = try await one.events.first(from: next) { $0 == .connected(sessionPresent: false) }.next
            let early = await #expect(throws: MQTTError.self) { try await one.client.publish(online) }
            #expect(early?.code == .dropped)
            try one.client.enqueue(state)
            _ = try await one.whenSubscribed(from: next)
            try one.client.enqueue(online)
            try await waitUntil { broker.packets.elements.filter { $0.type == 3 }.count == 3 }
            let topics = broker.packets.elements.compactMap(\.topic)
            #expect(topics == ["lab/agent", "lab/state", "lab/agent"])
        }
    }

    @Test("The broker publishes the last will of a client whose connection ends without a goodbye")
    func lastWillOnDeath() async throws {
        let broker = try await Mosquitto.start()
        let watcher = try MQTTConfiguration.local(broker.port, id: "watcher", subscribing: "lab/agent")
        try await RunningClient.with(watcher) { (watcher: RunningClient) in
            let next = try await watcher.whenSubscribed()
            // A twin makes the broker cut the connection, as it does when a process has died.
            var configuration = try MQTTConfiguration.local(broker.port, id: "a")
            configuration.lastWill = LastWill(topic: "lab/agent", payload: Array("offline".utf8))
            let twin = configuration
            try await RunningClient.with(configuration) { (one: RunningClient) in
                _ = try await one.whenSubscribed()
                try await RunningClient.with(twin) { (_: RunningClient) in
                    let message = try await watcher.message(on: "lab/agent", from: next)
                    #expect(message.text == "offline")
                }
            }
        }
    }
}
