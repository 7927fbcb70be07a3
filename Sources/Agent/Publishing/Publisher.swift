import Foundation
import Logging
import Power

/// Turns what happens in the agent into publications, and tells everybody else who watches.
public final class Publisher: Sendable {
    let topics: TopicMap
    /// The agent whose PDUs these are.
    let agent: String?
    private let send: @Sendable (Publication) -> Void
    /// What the loads are.
    let loads: LoadBoard
    private let energy: EnergyBook?
    private let observers: [any AgentObserver]
    private let encoder: JSONEncoder

    /// A publisher.
    ///
    /// - Parameters:
    ///   - topics: where everything is published.
    ///   - agent: the agent's id, which is said of each PDU.
    ///   - energy: goes on counting energy when a device's counter begins anew.
    ///   - observers: who watches besides the broker.
    ///   - send: hands a publication to the broker's client; must not wait.
    public init(
        topics: TopicMap,
        agent: String? = nil,
        energy: EnergyBook? = nil,
        observers: [any AgentObserver] = [],
        send: @escaping @Sendable (Publication) -> Void
    ) {
        self.topics = topics
        self.agent = agent
        loads = LoadBoard(
            topics: topics,
            tell: { event in for observer in observers { observer.observe(event) } },
            send: send
        )
        self.energy = energy
        self.observers = observers
        self.send = send
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    func publish(state: PowerState, of outlet: OutletID) {
        retain(topics.state(outlet), Array(state.rawValue.utf8))
        loads.note(state, of: outlet)
    }

    func publish(availability isOnline: Bool, of pdu: PDUName) {
        retain(topics.availability(pdu), Array((isOnline ? "online" : "offline").utf8))
        loads.note(isOnline: isOnline, pdu)
    }

    func publish(info: DeviceInfo, of pdu: PDUName) {
        retain(topics.info(pdu), info.json)
    }

    func publish(telemetry: Telemetry, to topic: String) {
        send(Publication(topic: topic, payload: telemetry.json, importance: .retainedSample))
    }

    /// Clears what was measured for an outlet.
    func clearTelemetry(of outlet: OutletID) {
        send(Publication(topic: topics.telemetry(outlet), payload: [], importance: .retainedSample))
    }

    /// A reading with energy counted on, whatever the device's counters do.
    func counted(_ reading: DeviceReading, of pdu: PDUName) -> DeviceReading {
        energy?.counting(reading, of: pdu) ?? reading
    }

    /// Publishes how a command ended, on the outlet's result topic and where the sender wants it besides.
    func publish(_ result: CommandResult, _ kept: Kept, reply: ReplyAddress?, receipt: Receipt? = nil) {
        notice(json(result), on: topics.result(pdu: result.pdu, result.outlet), reply, receipt)
    }

    /// Publishes how a command ended only where its sender wants it.
    func answer(_ result: CommandResult, _ kept: Kept, to reply: ReplyAddress) {
        answer(json(result), to: reply)
    }

    /// Publishes how a load's command ended.
    func publish(_ result: LoadResult, _ kept: Kept, reply: ReplyAddress?, receipt: Receipt? = nil) {
        notice(json(result), on: topics.result(load: result.load), reply, receipt)
    }

    /// Publishes how a load's command ended only where its sender wants it.
    func answer(_ result: LoadResult, _ kept: Kept, to reply: ReplyAddress) {
        answer(json(result), to: reply)
    }

    /// Publishes how a group's command ended; the payload is the result as JSON.
    func publish(
        _ payload: [UInt8],
        _ kept: Kept,
        of target: GroupResult.Target,
        reply: ReplyAddress?,
        receipt: Receipt? = nil
    ) {
        notice(payload, on: target.resultTopic(topics), reply, receipt)
    }

    func retain(_ topic: String, _ payload: [UInt8]) {
        send(Publication(topic: topic, payload: payload, importance: .retained))
    }

    /// Clears everything retained of a PDU.
    func clearRetained(of pdu: PDUName, outlets: some Sequence<OutletNumber>) {
        for topic in topics.retained(of: pdu) { retain(topic, []) }
        for number in outlets { clearRetained(of: OutletID(pdu: pdu, outlet: number)) }
    }

    /// Clears everything retained of an outlet.
    func clearRetained(of outlet: OutletID) {
        for topic in topics.retained(of: outlet) { retain(topic, []) }
        loads.forget(outlet)
    }

    func notice(_ topic: String, _ payload: [UInt8]) {
        send(Publication(topic: topic, payload: payload, importance: .notice))
    }

    func tell(_ event: AgentEvent) {
        for observer in observers { observer.observe(event) }
    }

    func json(_ result: CommandResult) -> [UInt8] { result.json ?? encoded(result) }

    func json(_ result: LoadResult) -> [UInt8] { result.json ?? encoded(result) }

    func json(_ value: some Encodable) -> [UInt8] { encoded(value) }

    private func encoded(_ value: some Encodable) -> [UInt8] {
        // Encoding fails only for numbers that JSON does not have; none is let in.
        (try? encoder.encode(value)).map(Array.init) ?? []
    }

    private func notice(_ payload: [UInt8], on topic: String, _ reply: ReplyAddress?, _ receipt: Receipt? = nil) {
        send(Publication(topic: topic, payload: payload, importance: .notice, receipt: receipt))
        if let reply { answer(payload, to: reply) }
    }

    private func answer(_ payload: [UInt8], to reply: ReplyAddress) {
        send(
            Publication(
                topic: reply.topic,
                payload: payload,
                importance: .notice,
                correlationData: reply.correlationData
            )
        )
    }
}
