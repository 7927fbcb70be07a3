import MQTTClient
import TestSupport

@testable import Agent

/// A broker's client that tells the agent what the test says, one event after the other.
final class PlayedBroker: BrokerClient {
    private let played = Recorder<MQTTEvent?>()
    /// One for each time that the agent has asked for the next event.
    private let asked = Recorder<Void>()
    private let ended = WakeSignal()

    var events: AsyncStream<MQTTEvent> {
        AsyncStream { [played, asked] in
            let place = asked.count
            asked.append(())
            // Cancelled while it waits, the agent hears nothing more.
            return (try? await played.first(from: place) { _ in true })?.element ?? nil
        }
    }

    var statistics: MQTTStatistics { MQTTStatistics() }

    /// Tells the agent an event, and returns when it has dealt with it.
    func play(_ event: MQTTEvent) async throws {
        played.append(event)
        try await asked.first(from: played.count) { _ in true }
    }

    func run() async { await ended.wait() }

    func setSubscriptions(_ subscriptions: [Subscription]) async throws(MQTTError) {}

    func changeSubscriptions(adding subscriptions: [Subscription], removing filters: [String]) async throws(MQTTError) {
    }

    /// What was taken back.
    let withdrawn = Recorder<[String]>()
    /// What is sent where some of it was on its way already.
    let notices = Recorder<OutgoingMessage>()

    func withdraw(_ topics: [String], notice: OutgoingMessage) {
        notices.append(notice)
        withdrawn.append(topics)
    }

    func stop(within limit: Duration) async {
        played.append(nil)
        ended.signal()
    }
}
