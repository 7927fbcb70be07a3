import LocalServices
import MQTTClient
import TestSupport
import Testing

@Suite("Stopping", .timeLimit(.minutes(10)))
struct StoppingTests {
    private func watched(
        _ change: (inout MQTTConfiguration) -> Void = { _ in },
        body: @Sendable (_ broker: Mosquitto, _ watcher: RunningClient, MQTTConfiguration) async throws -> Void
    ) async throws {
        let broker = try await Mosquitto.start()
        let watcher = try MQTTConfiguration.local(broker.port, id: "watcher", subscribing: "lab/#")
        var configuration = try MQTTConfiguration.local(broker.port, id: "a")
        configuration.lastWill = LastWill(topic: "lab/agent", payload: Array("offline".utf8))
        change(&configuration)
        let final = configuration
        try await RunningClient.with(watcher) { (watcher: RunningClient) in
            _ = try await watcher.whenSubscribed()
            try await body(broker, watcher, final)
        }
    }

    @Test("A stopped client has sent what was queued, its last messages and its last will, each once and in order")
    func graceful() async throws {
        try await watched { broker, watcher, configuration in
            try await RunningClient.with(configuration) { (one: RunningClient) in
                _ = try await one.whenSubscribed()
                for number in 0..<500 { try one.client.enqueue(OutgoingMessage(topic: "lab/\(number)", text: "x")) }
                await one.client.stop(publishing: [OutgoingMessage(topic: "lab/pdu", text: "offline", isRetained: true)]
                )
                #expect(one.client.statistics.published == 502)
                let error = #expect(throws: MQTTError.self) {
                    try one.client.enqueue(OutgoingMessage(topic: "lab/late", text: "x"))
                }
                #expect(error?.code == .stopped)
            }
            try await RunningClient.with(try .local(broker.port, id: "b")) { (other: RunningClient) in
                try await other.client.publish(OutgoingMessage(topic: "lab/after", text: ""))
                try await watcher.message(on: "lab/after")
            }
            let expected = (0..<500).map { "lab/\($0)" } + ["lab/pdu", "lab/agent", "lab/after"]
            #expect(watcher.messages.map(\.topic) == expected)
            #expect(await broker.log.contains("Client a disconnected."))
        }
    }

    @Test("Cancelling the task that runs it stops it in the same good order")
    func cancelled() async throws {
        try await watched { broker, watcher, configuration in
            let one = try RunningClient(configuration)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await one.client.run() }
                for await event in one.client.events where event == .subscriptionsGranted { break }
                try? one.client.enqueue(OutgoingMessage(topic: "lab/last", text: "x"))
                group.cancelAll()
            }
            try await watcher.message(on: "lab/agent")
            #expect(watcher.messages.map(\.topic) == ["lab/last", "lab/agent"])
        }
    }

    private func error(of message: OutgoingMessage, _ client: MQTTClient) async -> MQTTError? {
        do throws(MQTTError) {
            try await client.publish(message)
            return nil
        } catch { return error }
    }

    @Test("A broker that does not acknowledge in time is left all the same, and asked to publish the last will")
    func timeLimit() async throws {
        let broker = try FakeBroker { packet in packet.type == 1 ? .send(packet.welcome) : .nothing }
        var configuration = try MQTTConfiguration.local(broker.port, id: "a")
        configuration.lastWill = LastWill(topic: "lab/agent", payload: Array("offline".utf8))
        let final = configuration
        try await RunningClient.with(final) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            async let publishing = error(of: OutgoingMessage(topic: "lab/a", text: "x"), one.client)
            try await broker.packets.first { $0.type == 3 }
            await one.client.stop(within: .milliseconds(200))
            #expect(await publishing?.code == .stopped)
            let goodbye = try await broker.packets.first { $0.type == 14 }.element
            #expect(goodbye.body.first == 4)
            #expect(one.log.elements.contains { $0.contains("had not reached the broker") })
        }
    }

    @Test("A consumer that is gone does not keep the last messages from being acknowledged")
    func consumerGone() async throws {
        let broker = try await Mosquitto.start()
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#") {
            $0.maximumOutstandingEvents = 10
        }
        let lines = Recorder<String>()
        let client = try MQTTClient(configuration: configuration, logger: RecordingLogHandler.logger(lines))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            for await event in client.events where event == .subscriptionsGranted { break }
            for number in 0..<200 { try client.enqueue(OutgoingMessage(topic: "lab/\(number)", text: "x")) }
            await client.stop(publishing: [OutgoingMessage(topic: "lab/last", text: "x")], within: .seconds(30))
            #expect(client.statistics.published == 201)
            #expect(lines.elements.contains { $0.contains("nobody took them") })
        }
    }

    @Test("A client that is connecting stops at once", arguments: [true, false])
    func whileConnecting(somebodyListens: Bool) async throws {
        let broker = try FakeBroker { _ in .nothing }
        let port = somebodyListens ? broker.port : try FreePort.tcp()
        try await RunningClient.with(try .local(port, id: "a")) { (one: RunningClient) in
            if somebodyListens {
                try await broker.packets.first { $0.type == 1 }
            } else {
                try await one.log.first { $0.contains("nobody listens") }
            }
            await one.client.stop(within: .seconds(30))
        }
    }

    @Test("A client that never ran can be stopped, and then run() and its events end at once")
    func neverRun() async throws {
        let one = try RunningClient(try .local(1, id: "a"))
        await one.client.stop()
        await one.client.run()
        for await _ in one.client.events {}
        await one.client.stop()
    }
}
