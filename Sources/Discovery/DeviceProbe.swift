public import EnerGenieDriver
public import Logging
internal import Power
public import SNMPClient
public import SNMPDriver

/// Finds out what a host is. It reads and never writes.
public struct DeviceProbe: Sendable {
    private let engine: SNMPEngine
    private let strips: EnerGenieDrivers
    private let models: [PDUModel]
    private let logger: Logger

    /// - Parameters:
    ///   - engine: carries SNMP.
    ///   - strips: makes drivers for EnerGenie.
    ///   - models: the models that an SNMP device may be of.
    public init(engine: SNMPEngine, strips: EnerGenieDrivers, models: [PDUModel] = ModelLibrary.all, logger: Logger) {
        self.engine = engine
        self.strips = strips
        self.models = models
        self.logger = logger
    }

    /// Asks a host everything: SNMP, and at the same time both protocols of EnerGenie.
    public func probe(_ host: String, _ access: ProbeAccess) async -> ProbeReport {
        async let snmp = snmp(host, access)
        async let strip = strip(host, access)
        let parts = await [snmp, strip]
        return ProbeReport(
            host: host,
            devices: parts.flatMap(\.devices),
            tried: parts.flatMap(\.tried),
            tables: parts.flatMap(\.tables)
        )
    }

    // MARK: - SNMP

    /// Asks an SNMP agent what it is, with one kind of credentials after the other.
    func snmp(_ host: String, _ access: ProbeAccess) async -> ProbeReport {
        var report = ProbeReport(host: host, devices: [], tried: [])
        for credentials in access.snmp {
            let target = SNMPTarget(
                host: host,
                port: access.snmpPort,
                credentials: credentials,
                label: host,
                timeout: access.limit,
                retries: access.retries
            )
            let what = "SNMP \(credentials.versionName) on port \(access.snmpPort)"
            do throws(SNMPError) {
                let session = try await engine.open(target)
                let found: Result<ModelDetection, SNMPError>
                do throws(SNMPError) {
                    found = .success(try await ModelDetector(models: models, session: session).detect())
                } catch {
                    found = .failure(error)
                }
                if case .success(let detection) = found, detection.model == nil {
                    report.tried.append("\(what): \(detection)")
                    if access.searchesTables {
                        await searchTables(host, detection, session, access, into: &report)
                    }
                    await session.close()
                    return report
                }
                await session.close()
                guard let model = try found.get().model else { return report }
                report.devices.append(await snmpDevice(host, model, target, access))
                return report
            } catch {
                report.tried.append("\(what): \(error.message)")
                // The other version would meet the same name or the same missing route.
                if error.code == .unknownHost || error.code == .sendFailed { return report }
            }
        }
        return report
    }

    /// Looks through a device of no known model for tables that may be its outlets.
    private func searchTables(
        _ host: String,
        _ detection: ModelDetection,
        _ session: SNMPSession,
        _ access: ProbeAccess,
        into report: inout ProbeReport
    ) async {
        let root = ObjectSearch.root(sysObjectID: detection.sysObjectID.flatMap { OID($0) })
        let result = await ObjectSearch().run(below: root) { oid, count async throws(SNMPError) in
            try await session.page(after: oid, count: count)
        }
        report.tables = OutletTableGuess.find(in: result.objects).map { table in
            var table = table
            table.addEntry(host: host, session.target, access.places)
            return table
        }
        let count = result.objects.count
        var sentence = "\(count) objects below \(root) looked through for tables of outlets"
        if let stopped = result.stopped { sentence += ", \(stopped)" }
        if report.tables.isEmpty {
            sentence +=
                ": none found. Where there is one, it can be described by a model file of your own "
                + "(docs/model-files.md), or by oid, on and off"
        }
        report.tried.append(sentence)
    }

    private func snmpDevice(
        _ host: String,
        _ model: PDUModel,
        _ target: SNMPTarget,
        _ access: ProbeAccess
    ) async -> DeviceReport {
        let version = target.credentials.versionName
        var device = DeviceReport(
            driver: "snmp",
            found: "SNMP \(version), port \(access.snmpPort)",
            port: Int(access.snmpPort),
            model: "\(model.vendor): \(model.models)"
        )
        device.modelID = model.id
        device.maturity = model.maturity.rawValue
        let settings = SNMPDriverSettings(name: host, target: target, model: .known(model))
        if settings.problems.isEmpty {
            await read(SNMPDriver(settings: settings, engine: engine, logger: logger), into: &device)
        } else {
            device.notes += settings.problems
        }
        device.notes += model.doubts.map { "in doubt: \($0)" }
        var entry = ConfigurationEntry(host: host, prefix: "pdu", name: access.name)
        entry.add("model", model.id)
        if access.snmpPort != 161 { entry.add("port", "\(access.snmpPort)") }
        entry.add("version", version)
        entry.add(target.credentials, access.places)
        entry.add(outlets: device.outlets)
        device.entry = entry.text(driver: "snmp")
        return device
    }

    // MARK: - EnerGenie

    private func strip(_ host: String, _ access: ProbeAccess) async -> ProbeReport {
        // One after the other: a strip has one session for both protocols.
        let web = await web(host, access)
        let wasRead = web.devices.contains { !$0.outlets.isEmpty }
        var native = await native(host, access, reads: !wasRead)
        if !web.devices.isEmpty, !native.devices.isEmpty {
            native.devices[0].notes.append("the same strip by its other protocol; take one of the two entries")
        }
        return ProbeReport(host: host, devices: web.devices + native.devices, tried: web.tried + native.tried)
    }

    func web(_ host: String, _ access: ProbeAccess) async -> ProbeReport {
        var report = ProbeReport(host: host, devices: [], tried: [])
        let what = "web page on port \(access.webPort)"
        guard let endpoint = EnerGenieEndpoint(host: host, port: access.webPort) else {
            report.tried.append("\(what): '\(host)' is not a host's name or address")
            return report
        }
        let page: EnerGeniePage
        do {
            page = try await strips.startPage(of: endpoint, within: access.limit)
        } catch {
            report.tried.append("\(what): \(error.message)")
            return report
        }
        guard page.kind != .foreign, page.kind != .empty else {
            report.tried.append("\(what): it is not the page of an EnerGenie")
            return report
        }
        var device = DeviceReport(driver: "energenie", found: what, port: access.webPort, model: "EnerGenie strip")
        if page.kind == .busy { device.notes.append("somebody is logged in; the strip knows one session at a time") }
        if let password = access.password, page.kind != .busy {
            let configuration = EnerGenieWebConfiguration(endpoint: endpoint, password: password)
            await read(strips.web(configuration), into: &device)
        } else if access.password == nil {
            device.notes.append("its outlets can be read with its password (--password-file)")
        }
        device.entry = stripEntry(host, access, device, isNative: false)
        report.devices.append(device)
        return report
    }

    func native(_ host: String, _ access: ProbeAccess, reads: Bool) async -> ProbeReport {
        var report = ProbeReport(host: host, devices: [], tried: [])
        let what = "native protocol of EnerGenie on port \(access.nativePort)"
        guard let endpoint = EnerGenieEndpoint(host: host, port: access.nativePort) else { return report }
        guard await strips.greets(endpoint, within: access.limit) else {
            report.tried.append("\(what): no answer of a strip")
            return report
        }
        var device = DeviceReport(driver: "energenie", found: what, port: access.nativePort, model: "EnerGenie strip")
        if reads, let password = access.password {
            let configuration = EnerGenieTCPConfiguration(endpoint: endpoint, password: password)
            await read(strips.native(configuration), into: &device)
        }
        device.entry = stripEntry(host, access, device, isNative: true)
        report.devices.append(device)
        return report
    }

    private func stripEntry(_ host: String, _ access: ProbeAccess, _ device: DeviceReport, isNative: Bool) -> String {
        var entry = ConfigurationEntry(host: host, prefix: "strip", name: access.name)
        if isNative {
            entry.add("protocol", "tcp")
            if access.nativePort != EnerGenieEndpoint.nativePort { entry.add("port", "\(access.nativePort)") }
        } else if access.webPort != EnerGenieEndpoint.webPort {
            entry.add("port", "\(access.webPort)")
        }
        // The password that strips are sold with is no secret, and the likeliest where none was given.
        let isAsSold = access.password == nil || access.password == EnerGeniePassword("1")
        entry.add("password", isAsSold ? .open("1") : access.places.password, comment: "put the password there")
        if access.password == nil { entry.addRemark("the password of a new strip; give yours, or password_file") }
        entry.add(outlets: device.outlets)
        return entry.text(driver: "energenie")
    }

    /// Reads what a device says; what cannot be read becomes a note.
    private func read(_ driver: some PDUDriver, into device: inout DeviceReport) async {
        do throws(DriverError) {
            let (description, reading) = try await driver.withSession { session async throws(DriverError) in
                let reading = try await session.read(.everything)
                return (try await session.describe(), reading)
            }
            device.adopt(description, reading)
        } catch {
            device.notes.append("it could not be read: \(error.message)")
        }
        await driver.shutDown()
    }
}
