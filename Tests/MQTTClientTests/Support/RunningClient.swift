import HostNames
import Logging
import TestSupport

@testable import MQTTClient

/// A client that runs for the length of a test, its events and its log.
final class RunningClient: Sendable {
    let client: MQTTClient
    let events = Recorder<MQTTEvent>()
    let log = Recorder<String>()

    init(_ configuration: MQTTConfiguration, names: HostNames = .shared) throws {
        client = try MQTTClient(configuration: configuration, logger: RecordingLogHandler.logger(log), names: names)
    }

    /// Waits until the broker has granted all subscriptions.
    func whenSubscribed(from: Int = 0) async throws -> Int {
        try await events.first(from: from) { $0 == .subscriptionsGranted }.next
    }

    /// Waits for a message on a topic.
    @discardableResult
    func message(on topic: String, from: Int = 0) async throws -> IncomingMessage {
        let found = try await events.first(from: from) { event in
            if case .message(let message) = event { message.topic == topic } else { false }
        }
        guard case .message(let message) = found.element else { throw CancellationError() }
        return message
    }

    var messages: [IncomingMessage] {
        events.elements.compactMap { event in if case .message(let message) = event { message } else { nil } }
    }

    /// Runs clients, with their events recorded, while the body runs, then stops them.
    @discardableResult
    static func with<Value: Sendable>(
        _ configurations: MQTTConfiguration...,
        names: HostNames = .shared,
        body: @Sendable ([RunningClient]) async throws -> Value
    ) async throws -> Value {
        let running = try configurations.map { try RunningClient($0, names: names) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for one in running {
                group.addTask { await one.client.run() }
                group.addTask { for await event in one.client.events { one.events.append(event) } }
            }
            do {
                let value = try await body(running)
                for one in running { await one.client.stop(within: .milliseconds(500)) }
                try await group.waitForAll()
                return value
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    /// The same for one.
    @discardableResult
    static func with<Value: Sendable>(
        _ configuration: MQTTConfiguration,
        names: HostNames = .shared,
        body: @Sendable (RunningClient) async throws -> Value
    ) async throws -> Value {
        try await with(configuration, names: names) { (running: [RunningClient]) in try await body(running[0]) }
    }
}

extension IncomingMessage {
    /// The payload as a text.
    var text: String? { payload.map { String(decoding: $0, as: UTF8.self) } }
}
