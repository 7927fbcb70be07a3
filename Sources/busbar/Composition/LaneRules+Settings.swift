import Agent
import AgentConfiguration
import Power

extension LaneRules {
    /// Takes over what the configuration says about a PDU.
    mutating func adopt(_ settings: PDUSettings) {
        label = settings.label
        location = settings.location
        pollInterval = settings.poll.interval
        pollJitter = settings.poll.jitter
        telemetry = TelemetryRules(
            minimumChange: settings.telemetry.minimumChange,
            interval: settings.telemetry.interval,
            isPerPDU: settings.telemetry.isPerPDU
        )
        stagger = settings.stagger
        limit = settings.commandLimit
        settleWindow = settings.settle
        maximumCurrent = settings.maximumCurrent
        defaultOutlet = OutletRules()
        defaultOutlet.offTime = settings.cycleOffTime
        defaultOutlet.circuit = settings.circuit
        outlets = settings.outlets.mapValues { OutletRules($0, of: settings) }
        switch settings.driver {
        case .energenie:
            hasFixedOutlets = true
            configurationURL = Self.webPage(of: settings)
            for number in (1...EnerGenieSettings.outletCount).compactMap(OutletNumber.init)
            where outlets[number] == nil {
                outlets[number] = defaultOutlet
            }
        case .snmp:
            // A PDU whose outlets are listed has just these; otherwise the device says which it has.
            hasFixedOutlets = !settings.outlets.isEmpty
        case .command, .http: hasFixedOutlets = true
        }
    }
}

extension LaneRules {
    /// The address of a strip's own page.
    private static func webPage(of settings: PDUSettings) -> String {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        if case .energenie(let strip) = settings.driver, strip.transport == .http, settings.port != 80 {
            return "http://\(host):\(settings.port)/"
        }
        return "http://\(host)/"
    }
}

extension OutletRules {
    fileprivate init(_ settings: OutletSettings, of pdu: PDUSettings) {
        self.init()
        label = settings.label
        isProtected = settings.isProtected
        isOffForbidden = settings.forbidsOff
        minimumOnTime = settings.minimumOnTime
        minimumOffTime = settings.minimumOffTime
        maximumCyclesPerHour = settings.maximumCyclesPerHour
        limit = settings.limit
        circuit = settings.circuit
        maximumCurrent = settings.maximumCurrent
        switch settings.cycle {
        case .byAgent(let offTime): self.offTime = offTime
        case .byDevice:
            offTime = pdu.cycleOffTime
            isCycledByDevice = true
        }
        onReturn = OnReturn(rawValue: settings.onReturn.rawValue) ?? .observe
    }
}
