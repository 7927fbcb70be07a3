import Agent
import Foundation
import Power

/// A PDU as the interface shows it.
struct PDUView: Encodable {
    let name: String
    let label: String?
    let location: String?
    /// Where the device's own page is.
    let url: String?
    let driver: String
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
    /// How often it is read.
    let poll: Double
    let waiting: Int
    let measurements: MeasuredValues
    /// How much it may draw, in amperes, where the configuration says.
    let maximumCurrent: Double?
    let outlets: [OutletView]

    private enum CodingKeys: String, CodingKey {
        case name
        case label
        case location
        case url
        case driver
        case model
        case firmware
        case serial
        case online
        case since
        case problem
        case warnings
        case sinceRead = "since_read_s"
        case poll = "poll_s"
        case waiting
        case measurements
        case maximumCurrent = "max_current"
        case outlets
    }

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
}
