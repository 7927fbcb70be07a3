public import Power

/// Something seen at the broker while watching.
public enum Sighting: Sendable, Equatable {
    /// An outlet's state.
    case state(OutletID, PowerState)
    /// Whether a PDU can be read.
    case availability(PDUName, isOnline: Bool)
    /// A load's state, `ON`, `OFF` or `MIXED`.
    case loadState(String, String)
    /// Whether every PDU that feeds a load can be read.
    case loadAvailability(String, isOnline: Bool)
    /// How a command ended; the text is the answer as it came.
    case result(String, RemoteAnswer, text: String)
    /// Whether an agent is there.
    case agent(String, isOnline: Bool)
}

extension Sighting {
    /// Reads what is not a result; nothing when it is of no interest to people who watch.
    init?(_ levels: [Substring], _ payload: [UInt8]) {
        let text = String(decoding: payload, as: UTF8.self)
        if levels.count == 3, levels[2] == "availability", !payload.isEmpty {
            if levels[0] == "agent" {
                self = .agent(String(levels[1]), isOnline: text == "online")
                return
            }
            if levels[0] == "load" {
                self = .loadAvailability(String(levels[1]), isOnline: text == "online")
                return
            }
            guard let pdu = PDUName(levels[1]) else { return nil }
            self = .availability(pdu, isOnline: text == "online")
            return
        }
        if levels.count == 3, levels[0] == "load", levels[2] == "state", FleetLoad.words.contains(text) {
            self = .loadState(String(levels[1]), text)
            return
        }
        guard levels.count == 5, levels[0] == "pdu", levels[4] == "state", let state = PowerState(rawValue: text),
            let pdu = PDUName(levels[1]), let number = OutletNumber(topicLevel: levels[3])
        else { return nil }
        self = .state(OutletID(pdu: pdu, outlet: number), state)
    }
}

extension Fleet {
    /// Takes what was seen; the results of commands change nothing here.
    public mutating func take(_ sighting: Sighting) {
        switch sighting {
        case .state(let outlet, let state):
            pdus[outlet.pdu, default: FleetPDU()].outlets[outlet.outlet, default: FleetOutlet()].state = state
        case .availability(let pdu, let isOnline): pdus[pdu, default: FleetPDU()].isOnline = isOnline
        case .loadState(let load, let state): loads[load, default: FleetLoad()].state = state
        case .loadAvailability(let load, let isOnline): loads[load, default: FleetLoad()].isOnline = isOnline
        case .agent(let agent, let isOnline): agents[agent] = isOnline
        case .result: return
        }
    }
}
