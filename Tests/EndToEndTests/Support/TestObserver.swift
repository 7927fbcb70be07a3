import Logging
import MQTTClient
import PDUSimulator
import TestSupport

/// The tests' own side of the broker: sends commands, and collects everything that is published.
final class TestObserver: Sendable {
    /// Everything that arrived, in order.
    let messages = Recorder<IncomingMessage>()
    /// When each of them arrived, in nanoseconds of `CLOCK_MONOTONIC`.
    let arrivals = Recorder<Int64>()
    private let granted = Recorder<Void>()
    private let client: MQTTClient

    private init(_ broker: String, id: String, filters: [String], user: (name: String, password: String)?) throws {
        var configuration = MQTTConfiguration(brokers: [try BrokerAddress(broker)], clientID: id)
        configuration.subscriptions = filters.map { Subscription($0) }
        // What is published while the observer itself has to connect again must not be missed.
        configuration.session = .persistent(expiry: .seconds(3600))
        configuration.maximumWaitingMessages = 100_000
        configuration.username = user?.name
        configuration.password = user.map { MQTTPassword($0.password) }
        client = try MQTTClient(
            configuration: configuration,
            logger: Logger(label: "observer") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Observes while the body runs; subscribed when it begins.
    static func run(
        _ broker: String,
        id: String = "observer",
        filters: [String] = ["lab/#", "reply/#", "site/#"],
        user: (name: String, password: String)? = nil,
        body: (TestObserver) async throws -> Void
    ) async throws {
        let observer = try TestObserver(broker, id: id, filters: filters, user: user)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await observer.client.run() }
            group.addTask { await observer.collect() }
            do {
                try await observer.granted.first { _ in true }
                try await body(observer)
                await observer.client.stop(within: .milliseconds(500))
                try await group.waitForAll()
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    private func collect() async {
        for await event in client.events {
            switch event {
            case .subscriptionsGranted: granted.append(())
            case .message(let message):
                arrivals.append(MonotonicTime.nanoseconds)
                messages.append(message)
            default: continue
            }
        }
    }

    /// Where the messages that arrive from now on begin.
    var mark: Int { messages.count }

    /// How often the subscriptions were granted: once for each connection.
    var connections: Int { granted.count }

    /// Waits until the broker is connected for the given time, counted from 1.
    func waitForConnection(_ number: Int) async throws {
        try await granted.first(from: number - 1) { _ in true }
    }

    /// Publishes and waits for the broker's acknowledgement.
    func send(
        _ topic: String,
        _ payload: [UInt8],
        qos: QoS = .atLeastOnce,
        retained: Bool = false,
        properties: MessageProperties = MessageProperties()
    ) async throws {
        try await client.publish(
            OutgoingMessage(topic: topic, payload: payload, qos: qos, isRetained: retained, properties: properties)
        )
    }

    /// Publishes a text and waits for the broker's acknowledgement.
    func send(
        _ topic: String,
        _ text: String,
        retained: Bool = false,
        properties: MessageProperties = MessageProperties()
    ) async throws {
        try await send(topic, Array(text.utf8), retained: retained, properties: properties)
    }

    /// Publishes without waiting.
    func enqueue(_ topic: String, _ text: String) throws {
        try client.enqueue(OutgoingMessage(topic: topic, text: text))
    }

    /// The first message on a topic that meets the condition, from a mark on, now or later.
    @discardableResult
    func message(
        on topic: String,
        from mark: Int = 0,
        where condition: @escaping @Sendable (String) -> Bool = { _ in true }
    ) async throws -> (index: Int, text: String) {
        let found = try await messages.first(from: mark) { $0.topic == topic && condition($0.text) }
        return (found.next - 1, found.element.text)
    }

    /// What has arrived on a topic since a mark.
    func texts(on topic: String, from mark: Int = 0) -> [String] {
        messages.elements.dropFirst(mark).filter { $0.topic == topic }.map(\.text)
    }
}

extension IncomingMessage {
    /// The payload as a text.
    var text: String { String(decoding: payload ?? [], as: UTF8.self) }
}
