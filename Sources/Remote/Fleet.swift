public import Agent
import Foundation
public import Power

/// What the agents have said about their PDUs and outlets, as the broker keeps it.
public struct Fleet: Sendable, Equatable {
    /// What one message has changed.
    public enum Change: Sendable, Equatable {
        /// The device says that an outlet is in a state other than before.
        case state(OutletID, PowerState, previous: PowerState?)
        /// A PDU can be read, or not any more, as its agent says.
        case availability(PDUName, isOnline: Bool)
        /// Something of a PDU was measured.
        case measured(PDUName)
        /// What a PDU is or has is not what it was; it may be no more.
        case described(PDUName)
        /// A load is in another state, or can be read otherwise than before.
        case load(String)
        /// An agent has come or gone.
        case agent(String, isOnline: Bool)
        /// What an agent says of itself, its groups and its loads is not what it was.
        case news(agent: String)
    }

    private struct Info: Decodable {
        struct Outlet: Decodable {
            var label: String?
            var protected: Bool?
            var off_forbidden: Bool?
            var max_current: Double?
        }
        var driver: String?
        var model: String?
        var label: String?
        var location: String?
        var firmware: String?
        var serial: String?
        var agent: String?
        var max_current: Double?
        var problem: String?
        var warnings: [String]?
        var outlets: [String: Outlet]?
    }

    private static let decoder = JSONDecoder()

    /// How much is kept by default, in bytes: some two hundred thousand outlets with all that is said of them.
    public static let usualRoom = 256 << 20
    /// What a PDU, an outlet, a load or an agent takes about, besides what is said of it.
    private static let weight = 256

    /// How much may still be kept, in bytes.
    private var room: Int
    /// Whether something was left out because there was no room for it.
    public private(set) var isFull = false

    /// The PDUs by name.
    public var pdus: [PDUName: FleetPDU] = [:]
    /// The loads by name.
    public var loads: [String: FleetLoad] = [:]
    /// The agents, and whether they are online.
    public var agents: [String: Bool] = [:]
    /// What each agent says of itself, by its name.
    public private(set) var news: [String: FleetAgent] = [:]

    /// The groups by name.
    public var groups: [String: FleetGroup] { all(\.groups) }

    /// What the loads are made of, by name.
    public var loadParts: [String: FleetLoadParts] { all(\.loads) }

    private func all<Value>(_ part: (FleetAgent) -> [String: Value]?) -> [String: Value] {
        news.sorted { $0.key < $1.key }.reduce(into: [:]) { all, agent in
            all.merge(part(agent.value) ?? [:]) { first, _ in first }
        }
    }

    /// Takes what an agent says of its groups.
    public mutating func setGroups(_ groups: [String: FleetGroup], of agent: String) {
        news[agent, default: FleetAgent()].groups = groups
    }

    /// A fleet of which nothing is known.
    ///
    /// - Parameter room: how much may be kept of what is said, in bytes.
    public init(room: Int = Fleet.usualRoom) { self.room = room }

    /// Takes room for something; there may be none.
    private mutating func takeRoom(_ bytes: Int = Self.weight) -> Bool {
        guard bytes <= max(room, 0) else {
            isFull = true
            return false
        }
        room -= bytes
        return true
    }

    /// Takes a message from the broker; one that is none of the fleet's, or nonsense, changes nothing.
    ///
    /// - Parameter levels: the topic's levels below the base topic.
    /// - Returns: what is otherwise than before.
    @discardableResult
    public mutating func take(_ levels: [Substring], _ payload: [UInt8]) -> Change? {
        switch levels.count {
        case 3 where levels[0] == "agent" && Identifier.isValid(levels[1]):
            return take(agent: String(levels[1]), levels[2], payload)
        case 3 where levels[0] == "load" && Identifier.isValid(levels[1]):
            return take(load: String(levels[1]), levels[2], payload)
        case 3 where levels[0] == "pdu":
            guard let pdu = PDUName(levels[1]) else { return nil }
            return take(pdu, levels[2], payload)
        case 5 where levels[0] == "pdu" && levels[2] == "outlet":
            guard let pdu = PDUName(levels[1]), let number = OutletNumber(topicLevel: levels[3]) else { return nil }
            switch levels[4] {
            case "state": return takeState(of: OutletID(pdu: pdu, outlet: number), payload)
            case "telemetry": return takeMeasurements(of: OutletID(pdu: pdu, outlet: number), payload)
            default: return nil
            }
        default: return nil
        }
    }

    // MARK: - Agents and loads

    private mutating func take(agent name: String, _ kind: Substring, _ payload: [UInt8]) -> Change? {
        switch kind {
        case "availability":
            let before = agents[name]
            // An empty one clears an agent that is no more.
            if payload.isEmpty {
                if agents.removeValue(forKey: name) != nil { room += Self.weight }
            } else {
                guard before != nil || takeRoom() else { return nil }
                agents[name] = Self.isOnline(payload)
            }
            return agents[name] == before ? nil : .agent(name, isOnline: agents[name] ?? false)
        case "info":
            var before = news[name]
            room += before?.size ?? 0
            news[name] = nil
            let size = payload.count + Self.weight
            if var new = try? Self.decoder.decode(FleetAgent.self, from: Data(payload)), takeRoom(size) {
                new.size = size
                before?.size = size
                news[name] = new
            }
            return news[name] == before ? nil : .news(agent: name)
        default: return nil
        }
    }

    private mutating func take(load name: String, _ kind: Substring, _ payload: [UInt8]) -> Change? {
        let before = loads[name]
        var load = before ?? FleetLoad()
        let text = String(decoding: payload, as: UTF8.self)
        switch kind {
        case "state": load.state = FleetLoad.words.contains(text) ? text : nil
        case "availability": load.isOnline = payload.isEmpty ? nil : Self.isOnline(payload)
        default: return nil
        }
        // Both are cleared of a load that is no more.
        if load == FleetLoad() {
            if loads.removeValue(forKey: name) != nil { room += Self.weight }
        } else {
            guard before != nil || takeRoom() else { return nil }
            loads[name] = load
        }
        return loads[name] == before ? nil : .load(name)
    }

    private static func isOnline(_ payload: [UInt8]) -> Bool { payload.elementsEqual("online".utf8) }

    // MARK: - PDUs

    private mutating func take(_ pdu: PDUName, _ kind: Substring, _ payload: [UInt8]) -> Change? {
        switch kind {
        case "availability":
            let isOnline = payload.isEmpty ? nil : Self.isOnline(payload)
            guard pdus[pdu] != nil || (isOnline != nil && takeRoom()) else { return nil }
            let before = pdus[pdu]?.isOnline
            pdus[pdu, default: FleetPDU()].isOnline = isOnline
            guard isOnline != before else { return nil }
            return isOnline.map { .availability(pdu, isOnline: $0) } ?? .described(pdu)
        case "telemetry":
            if payload.isEmpty {
                guard pdus[pdu] != nil else { return nil }
                pdus[pdu]?.measurements = [:]
                return .measured(pdu)
            }
            guard pdus[pdu] != nil || takeRoom() else { return nil }
            pdus[pdu, default: FleetPDU()].measurements = Self.measurements(payload)
            takeMeasurementsOfAllOutlets(pdu, payload)
            return .measured(pdu)
        case "info":
            // An empty one clears a PDU that is no more.
            if payload.isEmpty {
                guard let gone = pdus.removeValue(forKey: pdu) else { return nil }
                room += Self.weight * (1 + gone.outlets.count) + gone.size
                return .described(pdu)
            }
            guard let info = try? Self.decoder.decode(Info.self, from: Data(payload)) else { return nil }
            let known = pdus[pdu]
            let more = (info.outlets ?? [:]).keys.count { key in
                OutletNumber(topicLevel: key).map { known?.outlets[$0] == nil } ?? false
            }
            // What is said now takes the place of what was said before.
            let needed = payload.count - (known?.size ?? 0) + Self.weight * (more + (known == nil ? 1 : 0))
            if needed > 0, !takeRoom(needed) { return nil }
            if needed <= 0 { room -= needed }
            return take(info, size: payload.count, of: pdu) ? .described(pdu) : nil
        default: return nil
        }
    }

    /// - Returns: whether anything is otherwise than before.
    private mutating func take(_ info: Info, size: Int, of name: PDUName) -> Bool {
        var before = pdus[name]
        var pdu = before ?? FleetPDU()
        pdu.size = size
        before?.size = size
        pdu.driver = info.driver
        pdu.model = info.model
        pdu.label = info.label
        pdu.location = info.location
        pdu.firmware = info.firmware
        pdu.serial = info.serial
        pdu.agent = info.agent
        pdu.maximumCurrent = info.max_current
        pdu.problem = info.problem
        pdu.warnings = info.warnings ?? []
        var named: Set<OutletNumber> = []
        for (key, outlet) in info.outlets ?? [:] {
            guard let number = OutletNumber(topicLevel: key) else { continue }
            named.insert(number)
            var known = pdu.outlets[number] ?? FleetOutlet()
            known.label = outlet.label
            known.isProtected = outlet.protected ?? false
            known.isOffForbidden = outlet.off_forbidden ?? false
            known.maximumCurrent = outlet.max_current
            known.isNamed = true
            pdu.outlets[number] = known
        }
        // One that the device does not have any more is gone when its state is cleared too.
        for number in pdu.outlets.keys where !named.contains(number) {
            pdu.outlets[number]?.isNamed = false
            guard pdu.outlets[number]?.state == nil else { continue }
            pdu.outlets[number] = nil
            room += Self.weight
        }
        pdus[name] = pdu
        return pdu != before
    }

    /// Takes room for an outlet that is not known yet, and for its PDU where that is not known either.
    private mutating func takeRoom(for id: OutletID) -> Bool {
        takeRoom(Self.weight * (pdus[id.pdu] == nil ? 2 : 1))
    }

    private mutating func takeState(of id: OutletID, _ payload: [UInt8]) -> Change? {
        guard !payload.isEmpty else {
            guard let known = pdus[id.pdu]?.outlets[id.outlet] else { return nil }
            if known.isNamed {
                pdus[id.pdu]?.outlets[id.outlet]?.state = nil
            } else {
                pdus[id.pdu]?.outlets[id.outlet] = nil
                room += Self.weight
            }
            return .described(id.pdu)
        }
        guard let state = PowerState(rawValue: String(decoding: payload, as: UTF8.self)) else { return nil }
        guard let known = pdus[id.pdu]?.outlets[id.outlet] else {
            guard takeRoom(for: id) else { return nil }
            pdus[id.pdu, default: FleetPDU()].outlets[id.outlet, default: FleetOutlet()].state = state
            return .described(id.pdu)
        }
        guard known.state != state else { return nil }
        pdus[id.pdu]?.outlets[id.outlet]?.state = state
        return .state(id, state, previous: known.state)
    }

    private mutating func takeMeasurements(of id: OutletID, _ payload: [UInt8]) -> Change? {
        guard !payload.isEmpty else {
            guard pdus[id.pdu]?.outlets[id.outlet] != nil else { return nil }
            pdus[id.pdu]?.outlets[id.outlet]?.measurements = [:]
            return .measured(id.pdu)
        }
        let isKnown = pdus[id.pdu]?.outlets[id.outlet] != nil
        guard isKnown || takeRoom(for: id) else { return nil }
        let measured = Self.measurements(payload)
        pdus[id.pdu, default: FleetPDU()].outlets[id.outlet, default: FleetOutlet()].measurements = measured
        return isKnown ? .measured(id.pdu) : .described(id.pdu)
    }

    private struct OutletsPart: Decodable {
        var outlets: [String: MeasuredValues]?
    }

    /// With `telemetry: { per: pdu }` the message of the PDU has every outlet's measurements too.
    private mutating func takeMeasurementsOfAllOutlets(_ pdu: PDUName, _ payload: [UInt8]) {
        guard payload.firstRange(of: "\"outlets\"".utf8) != nil,
            let outlets = (try? Self.decoder.decode(OutletsPart.self, from: Data(payload)))?.outlets
        else { return }
        // An outlet that the message does not have measures nothing any more.
        for number in pdus[pdu]?.outlets.keys.map({ $0 }) ?? [] {
            pdus[pdu]?.outlets[number]?.measurements = outlets["\(number)"] ?? [:]
        }
    }

    private static func measurements(_ payload: [UInt8]) -> MeasuredValues {
        (try? decoder.decode(MeasuredValues.self, from: Data(payload))) ?? [:]
    }

    // MARK: - What is known

    /// What is known of an outlet.
    public func outlet(_ id: OutletID) -> FleetOutlet? { pdus[id.pdu]?.outlets[id.outlet] }

    /// Whether what is said of a PDU is of now: its agent is there and can read it; nothing where nobody has said so.
    public func isOnline(_ pdu: FleetPDU) -> Bool? { agentIsAway(of: pdu) ? false : pdu.isOnline }

    /// Why a PDU is offline; nothing where that is not known.
    public func problem(of pdu: FleetPDU) -> String? {
        guard agentIsAway(of: pdu) else { return pdu.problem }
        return pdu.agent.map { "its agent \($0) is offline" } ?? "no agent is online"
    }

    /// Why nobody would carry out a command now; nothing where somebody may.
    public func reasonForSilence(_ target: CommandTarget) -> String? {
        guard agents.values.contains(true) else { return "no agent is online at the broker" }
        switch target {
        case .outlet(let name, _):
            guard let pdu = PDUName(name).flatMap({ pdus[$0] }), let agent = pdu.agent, agentIsAway(of: pdu) else {
                return nil
            }
            return "the agent \(agent), which has \(name), is offline"
        case .group(let name): return silence(of: "group:\(name)") { $0.groups?[name] != nil }
        case .load(let name): return silence(of: "load:\(name)") { $0.loads?[name] != nil }
        }
    }

    private func silence(of what: String, _ has: (FleetAgent) -> Bool) -> String? {
        let owners = news.filter { has($0.value) }.keys
        guard let first = owners.min(), owners.allSatisfy({ agents[$0] == false }) else { return nil }
        return "the agent \(first), which has \(what), is offline"
    }

    /// Whether what is said of a PDU dates from before its agent went.
    private func agentIsAway(of pdu: FleetPDU) -> Bool {
        if let agent = pdu.agent { return agents[agent] == false }
        return !agents.isEmpty && !agents.values.contains(true)
    }
}
