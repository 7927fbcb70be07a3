import Power

/// Reads one PDU and enters it into the index of the fleet.
struct PDUReader {
    let section: Section
    let kind: DriverKind?

    private var context: ReadingContext { section.context }
    private var isBare: Bool { kind == .snmp && SNMPObjectKeys.isBare(section) }
    /// Whether nobody but the file can tell which outlets there are.
    private var mustNameOutlets: Bool { isBare || kind == .command || kind == .http }

    func read() -> PDUSettings? {
        let outer = context.inherited
        defer { context.inherited = outer }

        let name = section[PDUKeys.name]
        let host = readHost()
        let isEnabled = section[PDUKeys.enabled]
        let label = section[PDUKeys.label]
        let location = section[PDUKeys.location]
        let port = readPort()
        let timeout = section[PDUKeys.timeout]
        let retries = section[PDUKeys.retries]
        let poll = section[PDUKeys.poll] ?? outer.poll
        let telemetry = section[PDUKeys.telemetry] ?? outer.telemetry
        let stagger = section[PDUKeys.stagger] ?? outer.stagger
        let settle = section[PDUKeys.settle]
        let maximumCurrent = section[PDUKeys.maximumCurrent]
        let commandLimit = section[PDUKeys.command] ?? outer.commandLimit
        let driver = readDriver()

        context.inherited.cycleOffTime = section[PDUKeys.cycle] ?? outer.cycleOffTime
        context.inherited.circuit = CircuitKeys.read(PDUKeys.circuit, in: section)
        if kind == .energenie { context.inherited.lastOutlet = EnerGenieSettings.outletCount }
        context.inherited.mayCycleByItself = kind == nil || (kind == .snmp && !isBare)
        let outlets = section[PDUKeys.outlets] ?? []
        let named = section.keys(of: PDUKeys.outlets.name).compactMap { OutletNumber(topicLevel: $0) }
        if mustNameOutlets, named.isEmpty {
            let what = kind.map { isBare ? "oid" : "driver: \($0.rawValue)" } ?? "oid"
            section.report(
                PDUKeys.outlets.name,
                "with \(what) the outlets must be named, as in outlets: { 1: {}, 2: {} }"
            )
        }

        let actualPort = port ?? driver?.usualPort
        let cycledByDevice = outlets.filter { $0.1.cycle == .byDevice }.map(\.0)
        if let name { register(name, isEnabled: isEnabled ?? true, outlets: named, cycledByDevice: cycledByDevice) }
        if let name, let host, let driver, isEnabled == true { refuseSameDevice(name, host, port, driver) }

        guard let name, let host, let isEnabled, let driver, let actualPort else { return nil }
        return PDUSettings(
            name: name,
            isEnabled: isEnabled,
            label: label,
            location: location,
            host: host,
            port: actualPort,
            timeout: timeout ?? driver.usualTimeout,
            retries: retries ?? driver.usualRetries,
            poll: poll,
            telemetry: telemetry,
            cycleOffTime: context.inherited.cycleOffTime,
            commandLimit: commandLimit,
            stagger: stagger,
            settle: settle,
            circuit: context.inherited.circuit,
            maximumCurrent: maximumCurrent,
            outlets: Dictionary(outlets, uniquingKeysWith: { first, _ in first }),
            driver: driver
        )
    }

    private func readDriver() -> DriverSettings? {
        switch kind {
        case .energenie: EnerGenieKeys.read(section).map { .energenie($0) }
        case .snmp: SNMPKeys.read(section).map { .snmp($0) }
        case .command: CommandKeys.read(section).map { .command($0) }
        case .http: HTTPKeys.read(section).map { .http($0) }
        case nil: nil
        }
    }

    /// The host; empty for drivers that have none, nothing when it is missing or wrong.
    private func readHost() -> String? {
        switch kind {
        case .energenie, .snmp: section[NetworkKeys.host]
        case .command, .http: ""
        case nil: section.given(NetworkKeys.host)
        }
    }

    private func readPort() -> Int? {
        switch kind {
        case .energenie: section[NetworkKeys.energeniePort]
        case .snmp: section[NetworkKeys.snmpPort]
        case .command, .http, nil: nil
        }
    }

    private func register(
        _ name: PDUName,
        isEnabled: Bool,
        outlets: [OutletNumber],
        cycledByDevice: [OutletNumber]
    ) {
        if let first = context.fleet.pdus[name] {
            section.report(
                PDUKeys.name.name,
                "the PDU \(context.words(for: first.location, seenFrom: section.location)) has the name "
                    + "\(name.rawValue.quoted) already"
            )
            return
        }
        let known: Set<OutletNumber>? =
            switch kind {
            case .energenie: Set((1...EnerGenieSettings.outletCount).compactMap { OutletNumber($0) })
            case .snmp where isBare: Set(outlets)
            case .command, .http: Set(outlets)
            case .snmp, nil: nil
            }
        context.fleet.pdus[name] = FleetIndex.PDU(
            location: section.location,
            isEnabled: isEnabled,
            outlets: known,
            listed: Set(outlets),
            cycledByDevice: Set(cycledByDevice)
        )
    }

    /// Refuses a second PDU for the same device: two would ask it at the same time and undo each other.
    private func refuseSameDevice(_ name: PDUName, _ host: String, _ port: Int?, _ driver: DriverSettings) {
        // Without a port of their own, the two protocols of an EnerGenie strip lead to the same strip.
        let address = "\(host.lowercased()) \(port == driver.usualPort ? "" : port.map(String.init) ?? "")"
        let part: String
        switch driver {
        case .energenie: part = "energenie"
        case .snmp(let settings):
            switch settings.objects {
            case .model(_, let index): part = "snmp \(index.sorted { $0.key < $1.key })"
            case .bare(let objects): part = "snmp \(objects.oid)"
            }
        // Several PDUs may share a program or a host of theirs.
        case .command, .http: return
        }
        if let first = context.fleet.devices.updateValue(name, forKey: "\(part) \(address)"), first != name {
            section.report(
                NetworkKeys.host.name,
                "the PDU \(first.rawValue.quoted) is the same device; two would get in each other's way"
            )
        }
    }
}

extension DriverSettings {
    fileprivate var usualPort: Int {
        switch self {
        case .energenie(let settings): settings.transport == .http ? 80 : 5000
        case .snmp: 161
        case .command, .http: 0
        }
    }

    fileprivate var usualTimeout: Duration {
        switch self {
        case .energenie, .http: .seconds(5)
        case .snmp: .seconds(2)
        case .command: .seconds(10)
        }
    }

    fileprivate var usualRetries: Int {
        switch self {
        case .energenie, .http: 1
        case .snmp: 2
        case .command: 0
        }
    }
}
