import Agent
import Power

/// An outlet as the interface shows it.
struct OutletView {
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
    struct Change {
        let at: String
        /// Whether a command did it; absent where that is not known.
        let own: Bool?
        let by: String?
        let user: String?
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

    /// Writes its fields, without a general encoder: there may be a hundred thousand of them.
    func write(to json: inout JSONBytes) {
        json.add("pdu", pdu)
        json.add("outlet", outlet)
        if let label { json.add("label", label) }
        if let state { json.add("state", state) }
        if let online { json.add("online", online) }
        json.add("protected", protected)
        json.add("off_forbidden", offForbidden)
        json.add("measurements", measurements)
        if let maximumCurrent { json.add("max_current", maximumCurrent) }
        if let changed {
            json.add("changed") { fields in
                fields.add("at", changed.at)
                if let own = changed.own { fields.add("own", own) }
                if let by = changed.by { fields.add("by", by) }
                if let user = changed.user { fields.add("user", user) }
            }
        }
        if let maySwitch { json.add("may_switch", maySwitch) }
    }
}
