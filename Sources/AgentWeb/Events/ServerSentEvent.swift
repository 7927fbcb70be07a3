import Agent
import Foundation
import NIOCore
import Power

/// One event as `text/event-stream` writes it.
struct ServerSentEvent {
    /// A comment that tells clients and proxies that the stream goes on.
    static let heartbeat = ByteBuffer(string: ": here\n\n")

    let bytes: ByteBuffer

    private init(_ name: String, _ data: some Encodable) {
        let json = (try? WebJSON.encoder.encode(data)) ?? Data()
        var bytes = ByteBuffer(string: "event: \(name)\ndata: ")
        bytes.writeBytes(json)
        bytes.writeString("\n\n")
        self.bytes = bytes
    }

    /// What a new client is told first.
    static func hello(version: String) -> ByteBuffer { ServerSentEvent("hello", Hello(version: version)).bytes }

    /// What a client is told that was too slow: it has to ask for everything again.
    static func dropped(_ count: UInt64) -> ByteBuffer { ServerSentEvent("dropped", Dropped(count: count)).bytes }

    /// What happened; nothing when it says nothing to clients.
    init?(_ event: PageEvent, at time: Date) {
        switch event {
        case .agent(let event): self.init(event, at: time)
        case .seen(let outlet, let state, let previous):
            self.init("state", State(outlet, state, previous: previous, isOwn: nil, at: time))
        case .answered(.load(let result)): self.init("load_result", result)
        case .answered(let answer): self.init("result", answer)
        case .changed(let pdu): self.init("changed", Changed(pdu: pdu?.rawValue))
        case .health: self.init("health", Changed(pdu: nil))
        }
    }

    private init?(_ event: AgentEvent, at time: Date) {
        switch event {
        case .state(let outlet, let state, let previous, let isOwn):
            self.init("state", State(outlet, state, previous: previous, isOwn: isOwn, at: time))
        case .availability(let pdu, let isOnline, let reason):
            let at = RFC3339.text(time)
            self.init("availability", Availability(pdu: pdu.rawValue, online: isOnline, reason: reason, at: at))
        case .reading(let pdu, let reading):
            self.init("telemetry", Measured(pdu, reading))
        case .result(let result, _), .refused(let result):
            self.init("result", result)
        case .groupResult(let result), .refusedGroup(let result): self.init("result", result)
        case .loadState(let load, let state):
            self.init("load", Load(load: load, state: state.rawValue, online: nil, at: RFC3339.text(time)))
        case .loadAvailability(let load, let isOnline):
            self.init("load", Load(load: load, state: nil, online: isOnline, at: RFC3339.text(time)))
        case .loadResult(let result, _, _): self.init("load_result", result)
        case .denied, .configured, .described: return nil
        }
    }

    private struct Hello: Encodable { let version: String }
    private struct Dropped: Encodable { let count: UInt64 }
    private struct Changed: Encodable { let pdu: String? }

    private struct Availability: Encodable {
        let pdu: String
        let online: Bool
        let reason: String?
        let at: String
    }

    private struct Load: Encodable {
        let load: String
        let state: String?
        let online: Bool?
        let at: String
    }

    private struct State: Encodable {
        let pdu: String
        let outlet: Int
        let state: String
        let previous: String?
        let own: Bool?
        let at: String

        init(_ outlet: OutletID, _ state: PowerState, previous: PowerState?, isOwn: Bool?, at time: Date) {
            pdu = outlet.pdu.rawValue
            self.outlet = outlet.outlet.rawValue
            self.state = state.rawValue
            self.previous = previous?.rawValue
            own = isOwn
            at = RFC3339.text(time)
        }
    }

    private struct Measured: Encodable {
        let pdu: String
        let measurements: MeasuredValues
        let outlets: [String: MeasuredValues]

        init(_ pdu: PDUName, _ reading: DeviceReading) {
            self.pdu = pdu.rawValue
            measurements = Measurements.precise(reading.measurements)
            outlets = Dictionary(
                uniqueKeysWithValues: reading.outletMeasurements.map { ($0.description, Measurements.precise($1)) }
            )
        }
    }
}
