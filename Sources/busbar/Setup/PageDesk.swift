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
    /// How many entries of a kind a change may have.
    private static let mostEntries = 64
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
        /// Whether it takes the last change back.
        var isUndo = false
        /// Passwords and tokens that are made when it is written.
        var made: [FreshProof] = []

        /// By what a preview and the change that follows are known to be the same.
        var seen: String {
            TokenHash(of: files.map { "\($0.path)\n\($0.old ?? "")\n\($0.new)" }.joined(separator: "\n")).description
        }

        /// The files with hashes in the places that were kept for them.
        func files(with hash: (FreshProof) -> String) -> [(path: String, old: String?, new: String)] {
            let hashes = made.map { ($0.placeholder, hash($0)) }
            return files.map { file in
                (file.path, file.old, hashes.reduce(file.new) { $0.replacing($1.0, with: $1.1) })
            }
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
        let own = PageFile(text(of: pagePath) ?? "") ?? PageFile()
        do {
            let configuration = try configuration(with: [:])
            let places = ConfigurationFile.places(path: path)
            func place(_ name: String, _ section: PageFile.Section) -> SetupState.Place? {
                Self.place(name, section, places, configuration)
            }
            state.pdus = configuration.pdus.map { pdu in
                SetupState.PDU(
                    name: pdu.name.rawValue,
                    driver: pdu.driver.name,
                    host: pdu.host,
                    own: own[.pdus, pdu.name.rawValue] != nil,
                    place: place(pdu.name.rawValue, .pdus),
                    outlets: pdu.outlets.sorted { $0.key < $1.key }.map { number, outlet in
                        .init(number: number.rawValue, label: outlet.label, protected: outlet.isProtected ? true : nil)
                    }
                )
            }
            state.groups = configuration.groups.map { group in
                let entry = own[.groups, group.name]
                return .init(.init(group, entry), own: entry != nil, place: place(group.name, .groups))
            }
            state.loads = configuration.loads.map { load in
                .init(.init(load), own: own[.loads, load.name] != nil, place: place(load.name, .loads))
            }
            state.users = configuration.users?.sorted { $0.key < $1.key }.map { name, user in
                let proofs: [SetupChange.Proof?] = [
                    user.passwordHash == nil ? nil : .password, user.tokenHashes.isEmpty ? nil : .token,
                ]
                return .init(
                    .init(name, user),
                    proofs: proofs.compactMap(\.self),
                    own: own[.users, name] != nil,
                    place: place(name, .users)
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

    /// Where something stands; of what is in no file of the configuration, the file of users.
    static func place(
        _ name: String,
        _ section: PageFile.Section,
        _ places: [ConfigurationFile.Part: [String: ConfigurationFile.Place]],
        _ configuration: AgentConfiguration?
    ) -> SetupState.Place? {
        let part = ConfigurationFile.Part(rawValue: section.rawValue)
        if let found = part.flatMap({ places[$0]?[name] }) { return .init(file: found.file, line: found.line) }
        guard section == .users, configuration?.users?[name] != nil else { return nil }
        return configuration?.usersFile.map { .init(file: $0) }
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
        let made = await Self.make(plan.made)
        let undo = try files.write(
            plan.files { made[$0.placeholder]?.hash ?? "" },
            secrets: plan.secrets,
            previous: isNew ? nil : (pagePath, previousPath)
        )
        var saved = SetupSaved(message: plan.words.joined(separator: "; "), files: plan.files.map(\.path))
        saved.made = plan.made.compactMap { proof in
            made[proof.placeholder].map { .init(user: proof.user, kind: proof.kind, secret: $0.secret) }
        }
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
            plan.isUndo = true
            return plan
        }
        guard var file = PageFile(oldText ?? "") else {
            throw SetupProblem(
                .refused,
                "\(pagePath) was changed by hand and is not of the page's form any more; give it another name, such as "
                    + "devices.yaml, and the page begins a new one"
            )
        }
        try edit(&file, by: change, &plan)
        guard isNew || !plan.words.isEmpty else { throw SetupProblem(.refused, "there is nothing to change") }
        plan.files.append((pagePath, oldText, file.text))
        // The main file comes last: as long as it is not there, a set-up that was cut off can be begun again.
        if isNew { try begin(change, &plan) }
        return plan
    }

    private func edit(_ file: inout PageFile, by change: SetupChange, _ plan: inout Plan) throws(SetupProblem) {
        let counts = [
            change.add?.count, change.outlets?.count, change.remove?.count, change.groups?.count, change.loads?.count,
            change.users?.count, change.removeGroups?.count, change.removeLoads?.count, change.removeUsers?.count,
        ]
        guard counts.allSatisfy({ ($0 ?? 0) <= Self.mostEntries }) else {
            throw SetupProblem(
                .bad,
                "a change may have \(Self.mostEntries) entries of a kind; send the others after it"
            )
        }
        let site = Site(
            change: change,
            own: file,
            configuration: try? configuration(with: [:]),
            places: ConfigurationFile.places(path: path),
            pagePath: pagePath
        )
        for (section, names) in [
            (PageFile.Section.pdus, change.remove), (.loads, change.removeLoads), (.groups, change.removeGroups),
            (.users, change.removeUsers),
        ] {
            for name in names ?? [] {
                guard file.remove(name, from: section) else { throw site.notOwn(name, section) }
                try site.refuseRemoval(of: name, section)
                plan.words.append("removed \(section == .pdus ? "" : "the \(section.word) ")\(name)")
            }
        }
        for naming in change.outlets ?? [] {
            let (labels, protected) = try Self.named(naming.outlets)
            guard file.name(naming.pdu, labels: labels, protected: protected) else {
                throw site.notOwn(naming.pdu, .pdus)
            }
            plan.words.append("named the outlets of \(naming.pdu)")
        }
        for addition in change.add ?? [] { try add(addition, to: &file, &plan) }
        for load in change.loads ?? [] {
            try put(load.name, was: load.was, in: .loads, try load.lines(), of: site, to: &file, &plan)
        }
        for group in change.groups ?? [] {
            try put(group.name, was: group.was, in: .groups, try group.lines(), of: site, to: &file, &plan)
        }
        for user in change.users ?? [] {
            let lines = user.lines(after: user.was.flatMap { file[.users, $0] })
            try put(user.name, was: user.was, in: .users, lines, words: user.words, of: site, to: &file, &plan)
            plan.made += Set(user.make ?? []).map { FreshProof(user: user.name, kind: $0) }
        }
        let others = (site.configuration?.loads ?? []).filter { file[.loads, $0.name] == nil }.flatMap(\.feeds)
        file.list(file[.loads].flatMap { $0.texts(of: "feeds") }.compactMap { OutletID($0) } + others)
    }

    /// Adds an entry, or puts it in the place of the one that it was.
    private func put(
        _ name: String,
        was: String?,
        in section: PageFile.Section,
        _ lines: [String],
        words: String? = nil,
        of site: Site,
        to file: inout PageFile,
        _ plan: inout Plan
    ) throws(SetupProblem) {
        try site.check(name, was, section, in: file)
        if let was, was != name {
            if section == .users, site.configuration?.web?.socket?.user == was {
                let words = "web.socket.user names \(was); change it there first, the page does not"
                throw SetupProblem(.refused, .init(words, section: section.rawValue, name: name, key: "name"))
            }
            try site.refuseNewName(of: was, section)
            file.rename(was, to: name, in: section)
            plan.words.append("renamed the \(section.word) \(was) to \(name)")
        }
        let before = was.flatMap { file[section, $0] }
        file.put(name, after: was, in: section, lines: lines)
        guard before?.lines.dropFirst() != file[section, name]?.lines.dropFirst() else { return }
        let what = "\(was == nil ? "added" : "changed") the \(section.word) \(name)"
        plan.words.append(what + (words.map { " (\($0))" } ?? ""))
    }

    private func begin(_ change: SetupChange, _ plan: inout Plan) throws(SetupProblem) {
        guard case .beginning(let port, _) = taker else { return }
        guard let broker = change.broker else { throw SetupProblem(.bad, "name the broker first") }
        guard BrokerTrial.problem(with: broker.address) == nil else {
            throw SetupProblem(.bad, "write the broker as mqtt://host:1883 or mqtts://host:8883")
        }
        let username = broker.username.flatMap { $0.isEmpty ? nil : $0 }
        var passwordFile: String?
        if username != nil, let password = broker.password, !password.isEmpty {
            plan.secrets[directory + "/secrets/mqtt"] = password
            passwordFile = "secrets/mqtt"
        }
        let text = FirstConfiguration(
            writer: "the set-up page of busbar agent",
            stateDirectory: path == ConfigurationOption.usual ? nil : directory + "/state",
            broker: broker.address,
            username: username,
            passwordFile: passwordFile,
            listen: "127.0.0.1:\(port)"
        ).text
        plan.files.append((path, nil, text))
        plan.words.insert("began with the broker \(broker.address)", at: 0)
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
        // In a set-up, one of this name is left from one that was cut off.
        if isNew { _ = file.remove(addition.name, from: .pdus) }
        guard file[.pdus, addition.name] == nil else {
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

    /// Makes passwords and tokens, by what stands for them. Their hashes take long, so not on one of Swift's threads.
    private static func make(_ proofs: [FreshProof]) async -> [String: (secret: String, hash: String)] {
        guard !proofs.isEmpty else { return [:] }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let made = proofs.map { ($0.placeholder, $0.make()) }
                continuation.resume(returning: Dictionary(made) { first, _ in first })
            }
        }
    }

    /// Reads the configuration as it would be.
    private func check(_ plan: Plan) throws(SetupProblem) {
        let files = plan.files { $0.anyHash }
        var changed = Dictionary(files.map { ($0.path, $0.new) }) { _, new in new }
        changed.merge(plan.secrets.mapValues { $0 + "\n" }) { first, _ in first }
        let new = try configuration(with: changed)
        guard !isNew else { return try Self.checkAdmins(from: nil, to: new, isUndo: false) }
        // Where nothing can be read any more, nothing can get worse.
        guard let old = try? configuration(with: [:]) else { return }
        try Self.checkAdmins(from: old, to: new, isUndo: plan.isUndo)
    }

    /// Refuses what would lock everybody out, or let everybody in.
    private static func checkAdmins(from old: AgentConfiguration?, to new: AgentConfiguration, isUndo: Bool)
        throws(SetupProblem)
    {
        if let users = old?.users, new.users == nil, !isUndo {
            throw SetupProblem(
                .refused,
                "\(users.keys.sorted().joined(separator: ", ")) is the last user: without users nobody is asked who it is, "
                    + "and everybody may do everything. If that is wanted, take the section users out of the page's file by "
                    + "hand, and reload"
            )
        }
        guard old?.letsAnAdminIn ?? true, !new.letsAnAdminIn else { return }
        guard let admins = old?.admins, !admins.isEmpty else {
            throw SetupProblem(
                .refused,
                "the first user has to be an admin with a password or a token: as soon as there are users, the page asks "
                    + "everybody who it is, and nobody could change anything here any more"
            )
        }
        throw SetupProblem(
            .refused,
            "\(admins.joined(separator: ", ")) would be locked out, and nobody else is an admin who can sign in: nobody could "
                + "change users here any more. First give another user the role admin and a password or a token"
        )
    }

    private func configuration(with changed: [String: String]) throws(SetupProblem) -> AgentConfiguration {
        let files = ChangedFileReader(changed.mapValues { FileContents(bytes: Array($0.utf8)) })
        do throws(ConfigurationErrors) {
            return try ConfigurationLoader(path: path, files: files).read { _ in }
        } catch {
            let mistakes = error.issues.filter { $0.severity == .error }.prefix(8)
            throw SetupProblem(
                .refused,
                mistakes.map(\.description).joined(separator: "\n"),
                parts: mistakes.map { part(of: $0) }
            )
        }
    }

    /// A mistake, with the field of the entry that it is about where it is one of the page's own.
    private func part(of issue: ConfigurationIssue) -> SetupProblem.Part {
        let field = /^(groups|loads|users)\.(?:"([^"]+)"|([A-Za-z0-9_-]+))\.(?:[a-z_]+\.)?([a-z_]+)/
        guard issue.file == pagePath, let match = issue.keyPath.firstMatch(of: field) else {
            return .init(issue.description)
        }
        let (_, section, quoted, plain, key) = match.output
        return .init(issue.message, section: String(section), name: String(quoted ?? plain ?? ""), key: String(key))
    }

    private func text(of path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}

/// What a change is looked at beside: what there is, and where it stands.
private struct Site {
    let change: SetupChange
    /// The page's file before the change.
    let own: PageFile
    /// What there is; nothing where it cannot be read.
    let configuration: AgentConfiguration?
    let places: [ConfigurationFile.Part: [String: ConfigurationFile.Place]]
    let pagePath: String

    /// Looks at the names of an entry that is added or changed.
    func check(_ name: String, _ was: String?, _ section: PageFile.Section, in file: PageFile) throws(SetupProblem) {
        func wrong(_ words: String) -> SetupProblem {
            SetupProblem(.refused, .init(words, section: section.rawValue, name: name, key: "name"))
        }
        let isName = section == .users ? UserSettings.isName(name) : Identifier.isValid(name)
        guard isName else {
            throw wrong("a \(section.word)'s name is 1 to 64 of A-Z a-z 0-9 _ -\(section == .users ? " . @" : "")")
        }
        if let was, file[section, was] == nil { throw notOwn(was, section) }
        guard was != name else { return }
        guard file[section, name] == nil else { throw wrong("there is a \(section.word) \(name) already") }
        if let place = place(name, section), place.file != pagePath {
            throw wrong("there is a \(section.word) \(name) already, in \(words(for: place))")
        }
    }

    /// Says that the page cannot change something.
    func notOwn(_ name: String, _ section: PageFile.Section) -> SetupProblem {
        guard let place = place(name, section), place.file != pagePath else {
            return SetupProblem(.refused, "there is no \(section.word) \(name.prefix(64))")
        }
        return SetupProblem(
            .refused,
            "the \(section.word) \(name) stands in \(words(for: place)); the page changes \(pagePath) and no other file"
        )
    }

    /// Refuses to remove what others name, except those that the same change changes or removes.
    func refuseRemoval(of name: String, _ section: PageFile.Section) throws(SetupProblem) {
        let touched = [
            PageFile.Section.groups: (change.removeGroups ?? []) + (change.groups ?? []).compactMap(\.was),
            .loads: (change.removeLoads ?? []) + (change.loads ?? []).compactMap(\.was),
        ]
        // A scope may name what is not there.
        let others = naming(name, section).filter { $1 != .users && touched[$1]?.contains($0) != true }
        try refuse(name, section, others, "removed")
    }

    /// Refuses another name for what is named where the page cannot change it.
    func refuseNewName(of name: String, _ section: PageFile.Section) throws(SetupProblem) {
        try refuse(name, section, naming(name, section).filter { own[$1, $0] == nil }, "renamed")
    }

    /// The groups, loads and users that name something.
    private func naming(_ name: String, _ section: PageFile.Section) -> [(name: String, section: PageFile.Section)] {
        guard let configuration, section != .users else { return [] }
        let groups = configuration.groups.filter { group in
            group.members.contains { section == .pdus ? $0.outlet?.pdu.rawValue == name : $0 == .load(name) }
        }
        let loads = configuration.loads.filter { load in
            section == .pdus ? load.feeds.contains { $0.pdu.rawValue == name } : load.requires.contains(name)
        }
        let users = (configuration.users ?? [:]).filter { $0.value.scope.contains("\(section.word):\(name)") }.keys
        return (section == .groups ? [] : groups.map { ($0.name, .groups) } + loads.map { ($0.name, .loads) })
            + users.sorted().map { ($0, .users) }
    }

    private func refuse(
        _ name: String,
        _ section: PageFile.Section,
        _ others: [(name: String, section: PageFile.Section)],
        _ what: String
    ) throws(SetupProblem) {
        guard !others.isEmpty else { return }
        let named = others.prefix(8).map { other, section in
            let place = own[section, other] == nil ? place(other, section).map { " (\(words(for: $0)))" } : nil
            return "the \(section.word) \(other)\(place ?? "")"
        }
        let list = named.joined(separator: ", ") + (others.count > 8 ? " and \(others.count - 8) more" : "")
        throw SetupProblem(
            .refused,
            "the \(section.word) \(name) cannot be \(what): it is named by \(list); change or remove that first"
        )
    }

    private func place(_ name: String, _ section: PageFile.Section) -> SetupState.Place? {
        PageDesk.place(name, section, places, configuration)
    }

    private func words(for place: SetupState.Place) -> String {
        place.file + (place.line.map { " on line \($0)" } ?? "")
    }
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
