import Agent
internal import Loop
import MQTTClient
import Power

/// Puts everything that is measured into Prometheus' text format.
struct MetricsReport {
    let info: AgentInfo
    let isReady: Bool
    let broker: MQTTStatistics
    let snapshots: [LaneSnapshot]
    let loads: [LoadSnapshot]
    let commands: CommandStatistics
    let wrongCredentials: Int
    let eventClients: Int

    /// The text.
    func write() -> [UInt8] {
        var text = PrometheusText()
        addAgent(to: &text)
        addBroker(to: &text)
        if let fleet = info.fleet { add(fleet, to: &text) }
        addCommands(to: &text)
        for snapshot in snapshots { add(snapshot, to: &text) }
        for load in loads { add(load, to: &text) }
        return text.bytes
    }

    private func addAgent(to text: inout PrometheusText) {
        text.add(.info, .init(["version": info.version]), 1)
        text.add(.uptime, .init(), Double(info.uptime))
        text.add(.isReady, .init(), isReady)
        text.add(.journalFailed, .init(), info.journalFailure != nil)
        text.add(.loopPause, .init(), Loop.shared.longestPause.inSeconds)
        text.add(.wrongCredentials, .init(), Double(wrongCredentials))
        text.add(.eventClients, .init(), Double(eventClients))
    }

    private func addBroker(to text: inout PrometheusText) {
        text.add(.mqttConnected, .init(), broker.isSubscribed)
        text.add(.mqttReconnections, .init(), Double(broker.reconnections))
        text.add(.mqttFailedConnections, .init(), Double(broker.failedConnections))
        text.add(.mqttQueued, .init(), Double(broker.queued))
        text.add(.mqttDropped, .init(), Double(broker.dropped))
        text.add(.mqttPublished, .init(), Double(broker.published))
        text.add(.mqttReceived, .init(), Double(broker.received))
    }

    private func add(_ fleet: FleetStanding, to text: inout PrometheusText) {
        text.add(.fleetMember, .init(), fleet.isMember)
        text.add(.fleetOwned, .init(), Double(fleet.owned))
        text.add(.fleetNext, .init(), Double(fleet.next))
        text.add(.fleetTenures, .init(), Double(fleet.tenures))
        text.add(.etcdRequests, .init(), Double(fleet.requests))
        text.add(.etcdFailures, .init(), Double(fleet.failures))
        text.add(.etcdTime, .init(), fleet.requestTime.inSeconds)
    }

    private func addCommands(to text: inout PrometheusText) {
        for (kind, count) in commands.counts.sorted(by: { $0.key < $1.key }) {
            text.add(.commands, .init(["action": kind.action, "status": kind.status]), Double(count))
        }
        for (code, count) in commands.errors.sorted(by: { $0.key < $1.key }) {
            text.add(.commandErrors, .init(["code": code]), Double(count))
        }
        for status in Outcome.Status.allCases {
            let labels = PrometheusText.Labels(["status": status.rawValue])
            if let histogram = commands.durations[status] { text.add(.commandDuration, labels, histogram) }
            if let histogram = commands.deviceDurations[status] { text.add(.commandDeviceDuration, labels, histogram) }
        }
        text.add(.commandsWaiting, .init(), Double(snapshots.reduce(0) { $0 + $1.waiting }))
        text.add(.commandsRunning, .init(), Double(snapshots.reduce(0) { $0 + $1.running }))
    }

    private func add(_ load: LoadSnapshot, to text: inout PrometheusText) {
        if let isOnline = load.isOnline { text.add(.loadOnline, .init(["load": load.name]), isOnline) }
        guard let state = load.state else { return }
        for one in LoadState.allCases {
            text.add(.loadState, .init(["load": load.name, "state": one.rawValue]), one == state)
        }
    }

    private func add(_ snapshot: LaneSnapshot, to text: inout PrometheusText) {
        let pdu = PrometheusText.Labels(["pdu": snapshot.rules.pdu.rawValue])
        if let isOnline = snapshot.isOnline { text.add(.pduOnline, pdu, isOnline) }
        if let age = snapshot.sinceRead { text.add(.pduPollAge, pdu, age.inSeconds) }
        let statistics = snapshot.statistics
        text.add(.deviceReads, pdu, Double(statistics.reads))
        text.add(.deviceReadTime, pdu, statistics.readTime.inSeconds)
        text.add(.deviceSwitches, pdu, Double(statistics.switches))
        text.add(.deviceSwitchTime, pdu, statistics.switchTime.inSeconds)
        for (code, count) in statistics.errors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            text.add(.deviceErrors, pdu.with("code", code.rawValue), Double(count))
        }
        // Measurements of a device that does not answer are not measured any more.
        let reading = snapshot.isOnline == true ? snapshot.reading : nil
        add(reading?.measurements ?? [:], pdu, ofOutlet: false, to: &text)
        for (number, state) in snapshot.states.sorted(by: { $0.key < $1.key }) {
            let outlet = pdu.with("outlet", number.description)
            if let state { text.add(.outletState, outlet, state == .on) }
            if let label = snapshot.label(of: number) { text.add(.outletInfo, outlet.with("label", label), 1) }
            add(reading?.outletMeasurements[number] ?? [:], outlet, ofOutlet: true, to: &text)
        }
    }

    private func add(
        _ values: MeasuredValues,
        _ labels: PrometheusText.Labels,
        ofOutlet: Bool,
        to text: inout PrometheusText
    ) {
        for (quantity, value) in values where value.isFinite {
            let metric = ofOutlet ? Self.ofOutlet[quantity] : Self.ofPDU[quantity]
            guard let metric else { continue }
            text.add(metric, labels, Metric.inBaseUnit(value, quantity))
        }
    }

    private static let ofOutlet = metrics(ofOutlet: true)
    private static let ofPDU = metrics(ofOutlet: false)

    private static func metrics(ofOutlet: Bool) -> [Quantity: Metric] {
        Dictionary(
            uniqueKeysWithValues: Quantity.allCases.map { ($0, Metric.measured($0, ofOutlet: ofOutlet)) }
        )
    }
}

extension LaneSnapshot {
    /// What people call the outlet.
    func label(of number: OutletNumber) -> String? {
        rules.outlet(number).label ?? description?.outletNames[number]
    }
}
