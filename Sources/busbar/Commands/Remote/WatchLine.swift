import Foundation
@preconcurrency import Glibc
import Power
import Remote
import Synchronization

/// Writes what is seen, line by line, each at once.
final class WatchLine: Sendable {
    private struct Known {
        var wanted: Set<OutletID> = []
        var labels: [OutletID: String] = [:]
        var loads: Set<String> = []
    }

    private struct Line: Encodable {
        var time: String
        var outlet: String?
        var pdu: String?
        var agent: String?
        var load: String?
        var label: String?
        var state: String?
        var online: Bool?
    }

    private let isJSON: Bool
    private let showsAll: Bool
    private let known = Mutex(Known())

    init(json: Bool, showsAll: Bool) {
        isJSON = json
        self.showsAll = showsAll
    }

    func begin(_ fleet: Fleet, _ selection: Fleet.Selection) {
        let (outlets, loads) = (selection.outlets, selection.loads)
        known.withLock { known in
            known.wanted = Set(outlets)
            known.loads = Set(loads)
            for outlet in outlets { known.labels[outlet] = fleet.outlet(outlet)?.label }
        }
        for outlet in outlets {
            if let state = fleet.outlet(outlet)?.state { show(.state(outlet, state)) }
        }
        for load in loads {
            if let state = fleet.loads[load]?.state { show(.loadState(load, state)) }
        }
    }

    func show(_ sighting: Sighting) {
        let known = known.withLock { $0 }
        var line = Line(time: Date.now.formatted(.iso8601))
        let text: String
        switch sighting {
        case .state(let outlet, let state):
            guard showsAll || known.wanted.contains(outlet) else { return }
            line.outlet = outlet.description
            line.label = known.labels[outlet]
            line.state = state.rawValue
            text = "\(outlet)\(line.label.map { " (\($0))" } ?? "")  \(state)"
        case .availability(let pdu, let isOnline):
            guard showsAll || known.wanted.contains(where: { $0.pdu == pdu }) else { return }
            line.pdu = pdu.rawValue
            line.online = isOnline
            text = "\(pdu)  \(isOnline ? "online" : "offline")"
        case .loadState(let load, let state):
            guard showsAll || known.loads.contains(load) else { return }
            line.load = load
            line.state = state
            text = "load:\(load)  \(state)"
        case .loadAvailability(let load, let isOnline):
            guard showsAll || known.loads.contains(load) else { return }
            line.load = load
            line.online = isOnline
            text = "load:\(load)  \(isOnline ? "online" : "offline")"
        case .agent(let agent, let isOnline):
            line.agent = agent
            line.online = isOnline
            text = "agent \(agent)  \(isOnline ? "online" : "offline")"
        case .result(let place, let answer, let answerText):
            let outlet = answer.pdu.flatMap { PDUName($0) }.flatMap { pdu in
                answer.outlet.flatMap(OutletNumber.init).map { OutletID(pdu: pdu, outlet: $0) }
            }
            let isOfLoad = answer.load.map(known.loads.contains) ?? false
            guard showsAll || isOfLoad || outlet.map(known.wanted.contains) ?? false else { return }
            if isJSON { return write(Printable.text(answerText)) }
            let name = outlet?.description ?? answer.load.map { "load:\($0)" } ?? place
            text = "result of " + OutcomeText.line(answer, Printable.text(name))
        }
        if isJSON {
            write((try? JSONText.lines([line])) ?? "")
        } else {
            write("\(Self.clock())  \(Printable.text(text))")
        }
    }

    private static func clock() -> String {
        Date.now.formatted(
            .verbatim(
                "\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)",
                timeZone: .current,
                calendar: .init(identifier: .gregorian)
            )
        )
    }

    private func write(_ text: String) {
        print(text)
        fflush(nil)
    }
}
