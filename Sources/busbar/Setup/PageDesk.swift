import AgentConfiguration
import AgentWeb
import Credentials
import Discovery
import Foundation
@preconcurrency import Glibc
import HostNames
import Logging
import Power
import SNMPClient

/// Does what the page wants of the configuration: looks for devices, and writes the page's own files.
actor PageDesk: SetupDesk {
    /// Who takes over what was written.
    enum Taker: Sendable {
        /// Nobody runs yet: the agent begins when this was called.
        case beginning(port: Int, begin: @Sendable (SetupSaved) -> Void)
        /// The agent that runs.
        case running(ReloadBook)
    }

    /// The largest network that is looked through: a /22.
    static let mostHosts = 1022
    /// How many devices that were found are remembered until they are added.
    private static let mostFindings = 32
    /// How long one answer of a device may take.
    private static let answerTime = Duration.seconds(2)
    private static let scanAnswerTime = Duration.milliseconds(700)
    private static let secretsFolder = "page-secrets"

    private struct Finding {
        let id: String
        /// Stands in the entry for the name that the PDU does not have yet.
        let placeholder: String
        let place: DevicePlace
        let device: DeviceReport
        let key: DeviceKey
    }

    /// What a change makes of the files.
    private struct Plan {
        /// The files that change, in the order in which they are written.
        var files: [(path: String, old: String?, new: String)] = []
        /// The secrets by the paths of their files.
        var secrets: [String: String] = [:]
        var words: [String] = []

        /// By what a preview and the change that follows are known to be the same.
        var seen: String {
            TokenHash(of: files.map { "\($0.path)\n\($0.old ?? "")\n\($0.new)" }.joined(separator: "\n")).description
        }
    }

    /// The main file.
    private let path: String
    private let taker: Taker
    private let logger: Logger
    private var tools: DiscoveryTools?
    private var findings: [Finding] = []
    /// Whether a host or a network is being asked, or a change written.
    private var isAsking = false
    private var isSaving = false
    private var scanned = SetupScanState()
    private var scan: Task<Void, Never>?

    private var directory: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
    private var folder: String { ConfigurationFile.folder(beside: path) }
    private var pagePath: String { folder + "/" + PageFile.name }
    private var previousPath: String { pagePath + ".previous" }
    private var secretsPath: String { folder + "/" + Self.secretsFolder }
    private var isNew: Bool { if case .beginning = taker { true } else { false } }

    /// - Parameters:
    ///   - path: the main file.
    ///   - taker: who takes over what was written.
    init(path: String, taker: Taker, logger: Logger) {
        self.path = URL(fileURLWithPath: path).path
        self.taker = taker
        self.logger = logger
    }

    /// Ends what is under way.
    func shutDown() async {
        scan?.cancel()
        await scan?.value
        await tools?.shutDown()
        tools = nil
    }

    // MARK: - What is

    func state() async -> SetupState {
        var state = SetupState(mode: isNew ? .new : .running, file: path, pageFile: pagePath)
        state.problem = Self.writingProblem(folder: folder)
        state.networks = HostNetworks.all()
        if isNew {
            let named = ProcessInfo.processInfo.environment["BUSBAR_BROKER"].flatMap { $0.isEmpty ? nil : $0 }
            var addresses = [BrokerTrial.usual]
            if let named, named != BrokerTrial.usual { addresses.insert(named, at: 0) }
            for address in addresses {
                state.brokers.append(await tryBroker(SetupBroker(address: address)))
            }
            return state
        }
        let own = Set((PageFile(text(of: pagePath) ?? "") ?? PageFile()).entries.map(\.name))
        do {
            let configuration = try configuration(with: [:])
            state.pdus = configuration.pdus.map { pdu in
                SetupState.PDU(
                    name: pdu.name.rawValue,
                    driver: pdu.driver.name,
                    host: pdu.host,
                    own: own.contains(pdu.name.rawValue),
                    outlets: pdu.outlets.sorted { $0.key < $1.key }.map { number, outlet in
                        .init(number: number.rawValue, label: outlet.label, protected: outlet.isProtected ? true : nil)
                    }
                )
            }
        } catch {
            state.problem = state.problem ?? error.message
        }
        if let previous = text(of: previousPath) {
            state.undo = SetupPreview.Line.difference(from: text(of: pagePath) ?? "", to: previous)
        }
        return state
    }

    /// Why the page's files cannot be written; nothing where they can.
    static func writingProblem(folder: String) -> String? {
        let real = SetupFiles.destination(of: folder)
        let exists = FileManager.default.fileExists(atPath: real)
        let place = exists ? real : URL(fileURLWithPath: real).deletingLastPathComponent().path
        guard access(place, W_OK | X_OK) != 0 else { return nil }
        let code = errno
        return "the page can change nothing: the agent's user may not write to \(place) "
            + "(\(String(cString: strerror(code))))"
    }

    func tryBroker(_ broker: SetupBroker) async -> SetupTrial {
        if let problem = BrokerTrial.problem(with: broker.address) {
            return SetupTrial(address: broker.address, problem: problem)
        }
        let trial = BrokerTrial(address: broker.address, username: broker.username, password: broker.password)
        return SetupTrial(address: broker.address, problem: await trial.problem())
    }

    // MARK: - Looking for devices

    func probe(_ order: SetupProbe) async throws(SetupProblem) -> SetupFinding {
        let place = DevicePlace(order.host.trimmingCharacters(in: .whitespaces))
        guard !place.host.isEmpty, place.host.utf8.count <= 255 else { throw SetupProblem(.bad, "write a host") }
        try refuseKnown(place)
        let key = try Self.key(order)
        try beginAsking()
        defer { isAsking = false }
        let placeholder = "new-" + String(UInt64.random(in: .min ... .max), radix: 36)
        let places = "\(ConfigurationFile.folderName)/\(Self.secretsFolder)"
        let access = key.access(port: place.port, pdu: placeholder, limit: Self.answerTime) { .file("\(places)/\($0)") }
        let report = await discovery.probe.probe(place.host, access)
        logger.info("the page asked a host what it is", metadata: ["host": "\(order.host)"])
        var found = SetupFinding(host: order.host)
        found.tried = report.tried
        guard let device = report.devices.first(where: { !$0.outlets.isEmpty }) ?? report.devices.first else {
            return found
        }
        (found.driver, found.model, found.found) = (device.driver, device.model, device.found)
        (found.maturity, found.firmware, found.notes) = (device.maturity, device.firmware, device.notes)
        found.outlets = device.outlets.map { .init(number: $0.number, name: $0.name, state: $0.state) }
        found.needsPassword = device.driver == "energenie" && device.outlets.isEmpty
        guard !found.needsPassword else { return found }
        if let community = key.secrets[.write] {
            // Nothing is written to try it: an agent that knows a community answers to it.
            let trial = DeviceKey(community: community).access(port: place.port, limit: Self.answerTime) { .file($0) }
            if !(await discovery.probe.probe(place.host, trial).isRecognised) {
                found.notes.append("the device does not answer to the community for switching")
            }
        }
        let id = String(UInt64.random(in: .min ... .max), radix: 36)
        findings.append(Finding(id: id, placeholder: placeholder, place: place, device: device, key: key))
        if findings.count > Self.mostFindings { findings.removeFirst() }
        found.id = id
        found.name = freeName(for: device.driver)
        return found
    }

    func scan(_ order: SetupScan) async throws(SetupProblem) {
        guard let block = AddressBlock(order.network.trimmingCharacters(in: .whitespaces)) else {
            throw SetupProblem(.bad, "'\(order.network.prefix(64))' is no network such as 192.0.2.0/24")
        }
        guard block.count <= Self.mostHosts else {
            throw SetupProblem(
                .refused,
                "\(order.network) has \(block.count) hosts; the page looks through a /22 at most"
            )
        }
        try beginAsking()
        var access = DeviceKey.asSold.access(port: nil, limit: Self.scanAnswerTime) { .file($0) }
        if let community = order.community, !community.isEmpty {
            access.snmp = DeviceKey.credentials(community) + access.snmp
        }
        // Devices of the agent are left alone: it alone speaks with them.
        let names = (try? configuration(with: [:]))?.pdus.map(\.host) ?? []
        scanned = SetupScanState()
        (scanned.network, scanned.running, scanned.all) = (order.network, true, block.count)
        let look = NetworkScan(probe: discovery.probe, pace: .init(concurrency: 256, hostsPerSecond: 100))
        logger.notice("the page looks for devices", metadata: ["network": "\(order.network)"])
        // Free, because the request that began it does not wait for it; there is one, and `shutDown` waits for it.
        scan = Task {
            var known = Set(names)
            for name in names where !HostNames.isNumeric(name) {
                if case .success(let addresses) = await HostNames.shared.addresses(of: name, within: .seconds(2)) {
                    known.formUnion(addresses)
                }
            }
            let found = await look.run([block], access, except: known) { done, _, _ in
                // The order of these does not matter: the largest counts.
                Task { await self.note(done: done) }
            }
            finish(found)
        }
    }

    private func note(done: Int) { if scanned.running { scanned.done = max(scanned.done, done) } }

    private func finish(_ found: [ProbeReport]) {
        scanned.found = found.compactMap { report in
            report.devices.first.map { .init(host: report.host, model: $0.model, driver: $0.driver) }
        }
        scanned.done = scanned.all
        scanned.running = false
        isAsking = false
    }

    func scanState() async -> SetupScanState { scanned }

    private var discovery: DiscoveryTools {
        if let tools { return tools }
        let new = DiscoveryTools()
        tools = new
        return new
    }

    private func beginAsking() throws(SetupProblem) {
        guard !isAsking else {
            throw SetupProblem(.busy, "a host or a network is being asked already; try again when that is over")
        }
        isAsking = true
    }

    /// A device of the agent is spoken with by the agent alone.
    private func refuseKnown(_ place: DevicePlace) throws(SetupProblem) {
        guard let pdus = (try? configuration(with: [:]))?.pdus else { return }
        if let same = pdus.first(where: { pdu in
            pdu.host.lowercased() == place.host.lowercased() && (place.port.map { Int($0) == pdu.port } ?? true)
        }) {
            throw SetupProblem(.refused, "\(place.host) is the PDU \(same.name) already")
        }
    }

    private static func key(_ order: SetupProbe) throws(SetupProblem) -> DeviceKey {
        if let password = order.password, !password.isEmpty {
            guard let key = DeviceKey(password: password) else {
                throw SetupProblem(.bad, "the password has characters that an EnerGenie does not know")
            }
            return key
        }
        guard let snmp = order.snmp else { return .asSold }
        if let user = snmp.user, !user.isEmpty {
            guard let algorithm = AuthenticationProtocol(rawValue: snmp.authProtocol ?? "SHA") else {
                throw SetupProblem(.bad, "there is no such authentication")
            }
            guard let passphrase = snmp.authPassphrase, passphrase.utf8.count >= 8, user.utf8.count <= 32 else {
                throw SetupProblem(.bad, "a user has at most 32 characters, and its passphrase at least 8")
            }
            var privacy: (PrivacyProtocol, String)?
            if let word = snmp.privacyProtocol, !word.isEmpty {
                let other = snmp.privacyPassphrase ?? ""
                guard let algorithm = PrivacyProtocol(rawValue: word), other.isEmpty || other.utf8.count >= 8 else {
                    throw SetupProblem(
                        .bad,
                        "there is no such encryption, or its passphrase is shorter than 8 characters"
                    )
                }
                privacy = (algorithm, other)
            }
            return DeviceKey(user: user, algorithm, passphrase: passphrase, privacy: privacy)
        }
        var key = DeviceKey(community: snmp.community.flatMap { $0.isEmpty ? nil : $0 } ?? "public")
        if let write = snmp.writeCommunity, !write.isEmpty { key.secrets[.write] = write }
        return key
    }

    private func freeName(for driver: String) -> String {
        let taken = Set(((try? configuration(with: [:]))?.pdus ?? []).map(\.name.rawValue))
        let stem = driver == "energenie" ? "strip" : "rack"
        if driver == "energenie", !taken.contains(stem) { return stem }
        return (1...).lazy.map { "\(stem)\($0)" }.first { !taken.contains($0) } ?? stem
    }

    // MARK: - Changes

    func preview(_ change: SetupChange) async throws(SetupProblem) -> SetupPreview {
        let plan = try plan(change)
        try check(plan)
        return SetupPreview(
            files: plan.files.map { file in
                .init(path: file.path, lines: SetupPreview.Line.difference(from: file.old ?? "", to: file.new))
            },
            secrets: plan.secrets.keys.sorted(),
            seen: plan.seen
        )
    }

    func save(_ change: SetupChange, seen: String) async throws(SetupProblem) -> SetupSaved {
        guard !isSaving else { throw SetupProblem(.busy, "another change is being written") }
        isSaving = true
        defer { isSaving = false }
        let plan = try plan(change)
        guard plan.seen == seen else {
            throw SetupProblem(.refused, "the configuration has changed since the preview; look at it again")
        }
        try check(plan)
        if let problem = Self.writingProblem(folder: folder) { throw SetupProblem(.unwritable, problem) }
        let files = SetupFiles(folder: folder, secretsFolder: secretsPath)
        let undo = try files.write(plan.files, secrets: plan.secrets, previous: isNew ? nil : (pagePath, previousPath))
        var saved = SetupSaved(message: plan.words.joined(separator: "; "), files: plan.files.map(\.path))
        switch taker {
        case .beginning(_, let begin):
            begin(saved)
        case .running(let book):
            let reload = await book.request()
            guard reload.problems.isEmpty else {
                undo()
                _ = await book.request()
                throw SetupProblem(
                    .refused,
                    "the agent did not take it, and nothing was changed: " + reload.problems.joined(separator: "; ")
                )
            }
            saved.waiting = reload.waiting
            files.removeSecrets(except: [text(of: pagePath), text(of: previousPath)].compactMap(\.self))
        }
        logger.notice("the configuration was changed from the page", metadata: ["change": "\(saved.message)"])
        return saved
    }

    /// What a change makes of the files.
    private func plan(_ change: SetupChange) throws(SetupProblem) -> Plan {
        var plan = Plan()
        let oldText = text(of: pagePath)
        if change.undo == true {
            guard !isNew, let previous = text(of: previousPath) else {
                throw SetupProblem(.refused, "there is nothing to take back")
            }
            plan.files = [(pagePath, oldText, previous)]
            plan.words = ["took back the last change"]
            return plan
        }
        if isNew { try begin(change, &plan) }
        guard var file = PageFile(oldText ?? "") else {
            throw SetupProblem(
                .refused,
                "\(pagePath) was changed by hand and is not of the page's form any more; give it another name, such as "
                    + "devices.yaml, and the page begins a new one"
            )
        }
        for pdu in change.remove ?? [] {
            guard file.remove(pdu) else { throw Self.notOwn(pdu, pagePath) }
            plan.words.append("removed \(pdu)")
        }
        for naming in change.outlets ?? [] {
            let (labels, protected) = try Self.named(naming.outlets)
            guard file.name(naming.pdu, labels: labels, protected: protected) else {
                throw Self.notOwn(naming.pdu, pagePath)
            }
            plan.words.append("named the outlets of \(naming.pdu)")
        }
        for addition in change.add ?? [] { try add(addition, to: &file, &plan) }
        guard !plan.words.isEmpty else { throw SetupProblem(.refused, "there is nothing to change") }
        plan.files.append((pagePath, oldText, file.text))
        return plan
    }

    private func begin(_ change: SetupChange, _ plan: inout Plan) throws(SetupProblem) {
        guard case .beginning(let port, _) = taker else { return }
        guard let broker = change.broker else { throw SetupProblem(.bad, "name the broker first") }
        guard BrokerTrial.problem(with: broker.address) == nil else {
            throw SetupProblem(.bad, "write the broker as mqtt://host:1883 or mqtts://host:8883")
        }
        let username = broker.username.flatMap { $0.isEmpty ? nil : $0 }
        if username != nil, let password = broker.password, !password.isEmpty {
            plan.secrets[directory + "/secrets/mqtt"] = password
        }
        let text = FirstConfiguration(
            writer: "the set-up page of busbar agent",
            stateDirectory: path == ConfigurationOption.usual ? nil : directory + "/state",
            broker: broker.address,
            username: username,
            passwordFile: plan.secrets.isEmpty ? nil : "secrets/mqtt",
            listen: "127.0.0.1:\(port)"
        ).text
        plan.files.append((path, nil, text))
        plan.words.append("began with the broker \(broker.address)")
    }

    private func add(_ addition: SetupChange.Addition, to file: inout PageFile, _ plan: inout Plan)
        throws(SetupProblem)
    {
        guard let found = findings.last(where: { $0.id == addition.found }) else {
            throw SetupProblem(.refused, "the device was found too long ago; ask it again")
        }
        guard PDUName(addition.name) != nil else {
            throw SetupProblem(.bad, "a PDU's name is 1 to 64 of A-Z a-z 0-9 _ -")
        }
        guard !file.entries.contains(where: { $0.name == addition.name }) else {
            throw SetupProblem(.refused, "another PDU has the name \(addition.name)")
        }
        let known = Dictionary(found.device.outlets.map { ($0.number, $0.name) }) { first, _ in first }
        let (labels, protected) = try Self.named(
            addition.outlets ?? known.map { .init(number: $0.key, label: $0.value) }
        )
        let entry = OutletLines.entry(found.device.entry, labels: labels, protected: protected)
        file.add(entry.replacing(found.placeholder, with: addition.name))
        for (name, secret) in found.key.secrets(of: addition.name) { plan.secrets["\(secretsPath)/\(name)"] = secret }
        plan.words.append("added \(addition.name) (\(found.device.driver), \(found.place.host))")
    }

    private static func named(_ outlets: [SetupState.PDU.Outlet]) throws(SetupProblem) -> ([Int: String], Set<Int>) {
        var labels: [Int: String] = [:]
        for outlet in outlets {
            guard OutletNumber(outlet.number) != nil else {
                throw SetupProblem(.refused, "there is no outlet \(outlet.number)")
            }
            if let label = outlet.label?.trimmingCharacters(in: .whitespaces), !label.isEmpty {
                labels[outlet.number] = label
            }
        }
        return (labels, Set(outlets.filter { $0.protected == true }.map(\.number)))
    }

    private static func notOwn(_ pdu: String, _ path: String) -> SetupProblem {
        SetupProblem(.refused, "\(pdu.prefix(64)) does not stand in \(path); the page changes no other file")
    }

    /// Reads the configuration as it would be.
    private func check(_ plan: Plan) throws(SetupProblem) {
        var changed = Dictionary(plan.files.map { ($0.path, $0.new) }) { _, new in new }
        changed.merge(plan.secrets.mapValues { $0 + "\n" }) { first, _ in first }
        _ = try configuration(with: changed)
    }

    private func configuration(with changed: [String: String]) throws(SetupProblem) -> AgentConfiguration {
        let files = ChangedFileReader(changed.mapValues { FileContents(bytes: Array($0.utf8)) })
        do throws(ConfigurationErrors) {
            return try ConfigurationLoader(path: path, files: files).read { _ in }
        } catch {
            let mistakes = error.issues.filter { $0.severity == .error }.prefix(8).map(\.description)
            throw SetupProblem(.refused, mistakes.joined(separator: "\n"))
        }
    }

    private func text(of path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}

extension DriverSettings {
    /// The word of the configuration.
    fileprivate var name: String {
        switch self {
        case .energenie: "energenie"
        case .snmp: "snmp"
        case .command: "command"
        case .http: "http"
        }
    }
}
