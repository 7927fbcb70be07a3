import Agent
import Foundation
import Power

/// A PDU as the interface shows it.
struct PDUView {
    let name: String
    let label: String?
    let location: String?
    /// Where the device's own page is.
    let url: String?
    /// Absent where it was not told yet.
    let driver: String?
    /// The agent that reads and switches it, where there are several.
    var agent: String?
    let model: String?
    let firmware: String?
    let serial: String?
    /// Absent before the device was asked.
    let online: Bool?
    /// Since when it answers, or does not.
    let since: String?
    /// Why it is offline.
    let problem: String?
    let warnings: [String]
    let sinceRead: Double?
    /// How often it is read; absent where only its agent knows.
    let poll: Double?
    let waiting: Int
    let measurements: MeasuredValues
    /// How much it may draw, in amperes, where the configuration says.
    let maximumCurrent: Double?
    let outlets: [OutletView]

    init(_ snapshot: LaneSnapshot, changes: [OutletID: LastChange], since: [PDUName: Date], _ reach: Reach) {
        let rules = snapshot.rules
        name = rules.pdu.rawValue
        label = rules.label
        location = rules.location
        url = rules.configurationURL
        driver = rules.traits.driver
        model = snapshot.description?.model ?? rules.traits.model
        firmware = snapshot.description?.firmware
        serial = snapshot.description?.serial
        online = snapshot.isOnline
        self.since = since[rules.pdu].map(RFC3339.text)
        problem = snapshot.problem
        warnings = snapshot.reading?.warnings ?? []
        sinceRead = snapshot.sinceRead.map { ($0.inSeconds * 1000).rounded() / 1000 }
        poll = rules.pollInterval.inSeconds
        waiting = snapshot.waiting
        measurements = Measurements.precise(snapshot.reading?.measurements ?? [:])
        maximumCurrent = rules.maximumCurrent
        outlets = snapshot.states.keys.sorted().map { OutletView($0, snapshot, changes: changes, reach) }
    }

    /// Writes its fields and its outlets.
    func write(to json: inout JSONBytes) {
        json.add("name", name)
        if let label { json.add("label", label) }
        if let location { json.add("location", location) }
        if let url { json.add("url", url) }
        if let driver { json.add("driver", driver) }
        if let agent { json.add("agent", agent) }
        if let model { json.add("model", model) }
        if let firmware { json.add("firmware", firmware) }
        if let serial { json.add("serial", serial) }
        if let online { json.add("online", online) }
        if let since { json.add("since", since) }
        if let problem { json.add("problem", problem) }
        json.add("warnings", warnings)
        if let sinceRead { json.add("since_read_s", sinceRead) }
        if let poll { json.add("poll_s", poll) }
        json.add("waiting", waiting)
        json.add("measurements", measurements)
        if let maximumCurrent { json.add("max_current", maximumCurrent) }
        json.add("outlets", outlets) { $1.write(to: &$0) }
    }
}

extension JSONBytes {
    /// Adds measurements by the names of the quantities.
    mutating func add(_ key: String, _ measured: MeasuredValues) {
        add(key) { fields in
            for (quantity, value) in measured { fields.add(quantity.rawValue, value) }
        }
    }
}
