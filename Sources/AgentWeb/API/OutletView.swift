import Agent
import Power

/// An outlet as the interface shows it.
struct OutletView: Encodable {
    let pdu: String
    let outlet: Int
    let label: String?
    /// As the device said last; absent before it was read.
    let state: String?
    /// Whether its PDU answers now.
    let online: Bool?
    let protected: Bool
    /// Whether it may never be switched off.
    let offForbidden: Bool
    let measurements: MeasuredValues
    /// How much it may draw, in amperes, where the configuration says.
    let maximumCurrent: Double?
    let changed: Change?
    /// `false` where whoever asks may not switch it; absent otherwise.
    let maySwitch: Bool?

    /// When it last changed and by whom.
    struct Change: Encodable {
        let at: String
        let own: Bool
        let by: String?
        let user: String?
    }

    private enum CodingKeys: String, CodingKey {
        case pdu
        case outlet
        case label
        case state
        case online
        case protected
        case offForbidden = "off_forbidden"
        case measurements
        case maximumCurrent = "max_current"
        case changed
        case maySwitch = "may_switch"
    }

    init(_ number: OutletNumber, _ snapshot: LaneSnapshot, changes: [OutletID: LastChange], _ reach: Reach) {
        let rules = snapshot.rules.outlet(number)
        pdu = snapshot.rules.pdu.rawValue
        outlet = number.rawValue
        label = snapshot.label(of: number)
        state = snapshot.states[number].flatMap(\.self)?.rawValue
        online = snapshot.isOnline
        protected = rules.isProtected
        offForbidden = rules.isOffForbidden
        measurements = Measurements.precise(snapshot.reading?.outletMeasurements[number] ?? [:])
        maximumCurrent = rules.maximumCurrent
        changed = changes[OutletID(pdu: snapshot.rules.pdu, outlet: number)]
            .map { Change(at: RFC3339.text($0.at), own: $0.isOwn, by: $0.by, user: $0.user) }
        maySwitch = reach.maySwitch(.outlet(pdu: pdu, .number(number))) ? nil : false
    }
}
