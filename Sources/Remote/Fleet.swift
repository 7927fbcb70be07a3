import Agent
import Foundation
public import Power

/// What the agents have said about their PDUs and outlets, as the broker keeps it.
public struct Fleet: Sendable, Equatable {
    private struct Info: Decodable {
        struct Outlet: Decodable {
            var label: String?
            var protected: Bool?
        }
        var driver: String?
        var model: String?
        var label: String?
        var location: String?
        var problem: String?
        var warnings: [String]?
        var outlets: [String: Outlet]?
    }

    private struct AgentNews: Decodable {
        var groups: [String: FleetGroup]?
    }

    private static let decoder = JSONDecoder()

    /// The PDUs by name.
    public var pdus: [PDUName: FleetPDU] = [:]
    /// The loads by name.
    public var loads: [String: FleetLoad] = [:]
    /// The agents, and whether they are online.
    public var agents: [String: Bool] = [:]
    /// The groups of each agent, by its name.
    var groupsByAgent: [String: [String: FleetGroup]] = [:]

    /// The groups by name.
    public var groups: [String: FleetGroup] {
        groupsByAgent.sorted { $0.key < $1.key }.reduce(into: [:]) { $0.merge($1.value) { first, _ in first } }
    }

    /// Takes what an agent says of its groups.
    public mutating func setGroups(_ groups: [String: FleetGroup], of agent: String) { groupsByAgent[agent] = groups }

    /// A fleet of which nothing is known.
    public init() {}

    /// Takes a message from the broker; one that is none of the fleet's, or nonsense, changes nothing.
    ///
    /// - Parameter levels: the topic's levels below the base topic.
    public mutating func take(_ levels: [Substring], _ payload: [UInt8]) {
        let text = String(decoding: payload, as: UTF8.self)
        if levels.count == 3, levels[0] == "agent", levels[2] == "availability" {
            agents[String(levels[1])] = text == "online"
            return
        }
        if levels.count == 3, levels[0] == "agent", levels[2] == "info" {
            let news = try? Self.decoder.decode(AgentNews.self, from: Data(payload))
            groupsByAgent[String(levels[1])] = news?.groups
            return
        }
        if levels.count == 3, levels[0] == "load" { return take(load: String(levels[1]), String(levels[2]), text) }
        guard levels.count >= 3, levels[0] == "pdu", let pdu = PDUName(levels[1]) else { return }
        if levels.count == 3 {
            take(pdu, String(levels[2]), text, payload)
        } else if levels.count == 5, levels[2] == "outlet", let number = OutletNumber(topicLevel: levels[3]) {
            switch levels[4] {
            case "state":
                let state = PowerState(rawValue: text)
                pdus[pdu, default: FleetPDU()].outlets[number, default: FleetOutlet()].state = state
            case "telemetry":
                let measured = Self.measurements(payload)
                pdus[pdu, default: FleetPDU()].outlets[number, default: FleetOutlet()].measurements = measured
            default: return
            }
        }
    }

    private mutating func take(load name: String, _ kind: String, _ text: String) {
        var load = loads[name] ?? FleetLoad()
        switch kind {
        case "state": load.state = FleetLoad.words.contains(text) ? text : nil
        case "availability": load.isOnline = text.isEmpty ? nil : text == "online"
        default: return
        }
        // Both are cleared of a load that is no more.
        loads[name] = load == FleetLoad() ? nil : load
    }

    private mutating func take(_ pdu: PDUName, _ kind: String, _ text: String, _ payload: [UInt8]) {
        switch kind {
        case "availability":
            if payload.isEmpty {
                pdus[pdu]?.isOnline = nil
            } else {
                pdus[pdu, default: FleetPDU()].isOnline = text == "online"
            }
        case "telemetry": pdus[pdu, default: FleetPDU()].measurements = Self.measurements(payload)
        case "info":
            // An empty one clears a PDU that is no more.
            if payload.isEmpty { return pdus[pdu] = nil }
            guard let info = try? Self.decoder.decode(Info.self, from: Data(payload)) else { return }
            take(info, of: pdu)
        default: return
        }
    }

    private mutating func take(_ info: Info, of name: PDUName) {
        var pdu = pdus[name] ?? FleetPDU()
        pdu.driver = info.driver
        pdu.model = info.model
        pdu.label = info.label
        pdu.location = info.location
        pdu.problem = info.problem
        pdu.warnings = info.warnings ?? []
        for (key, outlet) in info.outlets ?? [:] {
            guard let number = OutletNumber(topicLevel: key) else { continue }
            pdu.outlets[number, default: FleetOutlet()].label = outlet.label
            pdu.outlets[number]?.isProtected = outlet.protected ?? false
        }
        pdus[name] = pdu
    }

    private static func measurements(_ payload: [UInt8]) -> MeasuredValues {
        (try? decoder.decode(MeasuredValues.self, from: Data(payload))) ?? [:]
    }

    /// What is known of an outlet.
    public func outlet(_ id: OutletID) -> FleetOutlet? { pdus[id.pdu]?.outlets[id.outlet] }
}
