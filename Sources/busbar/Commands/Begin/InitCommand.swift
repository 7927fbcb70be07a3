import AgentConfiguration
import ArgumentParser
import Discovery
import EnerGenieDriver
import Foundation
import Power
import SNMPClient

/// `busbar init`: from nothing to a configuration, by questions.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a configuration by answering questions.",
        discussion: """
            Looks for the broker and tries it, asks each PDU what it is, tries its credentials, lets you name its outlets, \
            checks the result and writes it. No outlet is switched. A file that exists is never touched: busbar probe \
            HOST --add adds a device to one. Secrets go into files of their own that only their owner may read.

            Exit codes: 0 written, 2 the file exists, cannot be written, or the answers ended, 64 wrong usage.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(help: "How long one answer of a device may take, like 2s.")
    var timeout = "2s"

    func run() async throws {
        let limit = try ProbeCommand.limit(timeout)
        let path = URL(fileURLWithPath: file.path).path
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard !FileManager.default.fileExists(atPath: path) else {
            throw ExitCode.refused.because("\(path) exists already; busbar probe HOST --add adds a device to it")
        }
        guard FileManager.default.isWritableFile(atPath: directory) else {
            let advice = file.named == nil ? "; use sudo, or --config busbar.yaml for a file here" : ""
            throw ExitCode.refused.because("\(directory) does not exist or this user may not write to it\(advice)")
        }
        let session = InitSession(path: path, directory: directory, limit: limit)
        do {
            try await session.run()
        } catch let problem as ConfigurationDraft.Problem {
            throw ExitCode.refused.because("\(problem)")
        }
    }
}

/// The questions, and what was answered so far.
private final class InitSession {
    private let path: String
    private let directory: String
    private let limit: Duration
    private let dialogue = Dialogue()
    private var broker = BrokerTrial.usual
    private var username: String?
    private var password: String?
    private var entries: [(name: String, text: String)] = []
    /// The secrets by the names of their files.
    private var secrets: [String: String] = [:]

    /// Whether the agent is a unit that reads this file, and systemd gives it the secrets.
    private var isUnit: Bool { path == ConfigurationOption.usual }
    private var secretsDirectory: String { directory + "/secrets" }

    init(path: String, directory: String, limit: Duration) {
        self.path = path
        self.directory = directory
        self.limit = limit
    }

    func run() async throws {
        dialogue.say("This writes \(path). Return takes what stands in brackets; Ctrl-C ends without writing anything.")
        try await askBroker()
        let tools = DiscoveryTools()
        do {
            repeat { try await askDevice(tools) } while try await dialogue.confirm("Another PDU?", usual: false)
        } catch {
            await tools.shutDown()
            throw error
        }
        await tools.shutDown()
        try await write()
    }

    // MARK: - The broker

    private func askBroker() async throws {
        dialogue.say("\nThe broker is where commands come from and states go to.")
        if let named = ProcessInfo.processInfo.environment["BUSBAR_BROKER"], !named.isEmpty { broker = named }
        if await brokerProblem() == nil { dialogue.say("One answers at \(broker).") }
        while true {
            broker = try await dialogue.ask("Broker", usual: broker) { BrokerTrial.problem(with: $0) }
            guard let problem = await brokerProblem() else {
                return dialogue.say("  It answers" + (username.map { " and lets \($0) in." } ?? "."))
            }
            dialogue.say("  \(problem)")
            let name = try await dialogue.ask(
                "User name at the broker, or Return for another broker",
                usual: username ?? ""
            )
            if name.isEmpty {
                guard try await dialogue.confirm("Take \(broker) all the same?", usual: false) else { continue }
                return
            }
            username = name
            password = try await dialogue.secret("Password of \(name)")
            if await brokerProblem() == nil { return dialogue.say("  It answers and lets \(name) in.") }
            username = nil
            password = nil
            dialogue.say("  It does not let \(name) in.")
        }
    }

    private func brokerProblem() async -> String? {
        await BrokerTrial(address: broker, username: username, password: password).problem()
    }

    // MARK: - A device

    private func askDevice(_ tools: DiscoveryTools) async throws {
        dialogue.say("")
        while true {
            let text = try await dialogue.ask("Address of a PDU") { $0.isEmpty ? "write its address or its name" : nil }
            let place = DevicePlace(text)
            dialogue.say("  Asking \(text) …")
            var report = await tools.probe.probe(place.host, access(.asSold, place, name: nil))
            var known: (DeviceReport, DeviceKey, String)?
            if let device = report.devices.first {
                dialogue.say("  It is: \(Printable.text(device.model)) (\(device.found)).")
                let name = try await askName(device)
                known =
                    device.driver == "energenie"
                    ? try await openStrip(tools, place, name) : try await openSNMP(tools, place, name, .asSold)
            } else {
                for line in report.tried { dialogue.say("  \(Printable.text(line))") }
                guard let key = try await askCredentials() else { continue }
                report = await tools.probe.probe(place.host, access(key, place, name: nil))
                guard let device = report.devices.first else {
                    for line in report.tried { dialogue.say("  \(Printable.text(line))") }
                    continue
                }
                dialogue.say("  It is: \(Printable.text(device.model)) (\(device.found)).")
                let name = try await askName(device)
                known = try await openSNMP(tools, place, name, key)
            }
            guard let (device, key, name) = known else { continue }
            return try await nameOutlets(of: device, key, name)
        }
    }

    private func access(_ key: DeviceKey, _ place: DevicePlace, name: String?) -> ProbeAccess {
        key.access(port: place.port, pdu: name, limit: limit, place: self.place(of:))
    }

    private func askName(_ device: DeviceReport) async throws -> String {
        let stem = device.driver == "energenie" ? "strip" : "rack"
        let number = entries.count { $0.name.hasPrefix(stem) } + 1
        let usual = device.driver == "energenie" && number == 1 ? stem : "\(stem)\(number)"
        return try await dialogue.ask("Its name in topics and commands", usual: usual) { answer in
            if PDUName(answer) == nil { return "1 to 64 of A-Z a-z 0-9 _ -" }
            return entries.contains { $0.name == answer } ? "another PDU has this name" : nil
        }
    }

    private func openStrip(
        _ tools: DiscoveryTools,
        _ place: DevicePlace,
        _ name: String
    ) async throws -> (DeviceReport, DeviceKey, String)? {
        while true {
            let text = try await dialogue.secret("Password of the strip (1 when it is new)", usual: "1")
            guard let key = DeviceKey(password: text) else {
                dialogue.say("  It has characters that an EnerGenie does not know.")
                continue
            }
            let report = await tools.probe.probe(place.host, access(key, place, name: name))
            guard let device = report.devices.first(where: { !$0.outlets.isEmpty }) else {
                for note in report.devices.flatMap(\.notes) { dialogue.say("  \(Printable.text(note))") }
                guard try await dialogue.confirm("Try another password?") else { return nil }
                continue
            }
            dialogue.say("  The password is right.")
            return (device, key, name)
        }
    }

    /// Asks for what opens a device that does not answer to what devices are sold with.
    private func askCredentials() async throws -> DeviceKey? {
        let kind = try await dialogue.ask(
            "Does it speak SNMP? 2 with a community, 3 with a user, Return for another address"
        ) { ["", "2", "3"].contains($0) ? nil : "2, 3 or Return" }
        switch kind {
        case "2":
            let community = try await dialogue.secret("Community for reading")
            return community.isEmpty ? nil : DeviceKey(community: community)
        case "3":
            let user = try await dialogue.ask("User")
            let hash = try await dialogue.ask(
                "Authentication: MD5, SHA, SHA-224, SHA-256, SHA-384, SHA-512",
                usual: "SHA"
            ) {
                AuthenticationProtocol(rawValue: $0) == nil ? "there is no such authentication" : nil
            }
            let passphrase = try await dialogue.secret("Its passphrase")
            let cipher = try await dialogue.ask("Encryption: DES, AES, AES-192, AES-256, none", usual: "AES") {
                $0 == "none" || PrivacyProtocol(rawValue: $0) != nil ? nil : "there is no such encryption"
            }
            guard let algorithm = AuthenticationProtocol(rawValue: hash) else { return nil }
            var privacy: (PrivacyProtocol, String)?
            if let encryption = PrivacyProtocol(rawValue: cipher) {
                privacy = (encryption, try await dialogue.secret("Its passphrase; Return for the same"))
            }
            return DeviceKey(user: user, algorithm, passphrase: passphrase, privacy: privacy)
        default: return nil
        }
    }

    /// Asks for the community that writes, where there are communities.
    private func openSNMP(
        _ tools: DiscoveryTools,
        _ place: DevicePlace,
        _ name: String,
        _ known: DeviceKey
    ) async throws -> (DeviceReport, DeviceKey, String)? {
        var key = known
        if key.secrets[.auth] == nil { try await askWriteCommunity(tools, place, &key) }
        let report = await tools.probe.probe(place.host, access(key, place, name: name))
        guard let device = report.devices.first else {
            for line in report.tried { dialogue.say("  \(Printable.text(line))") }
            return nil
        }
        return (device, key, name)
    }

    private func askWriteCommunity(_ tools: DiscoveryTools, _ place: DevicePlace, _ key: inout DeviceKey) async throws {
        while true {
            let community = try await dialogue.secret("Community for switching; Return for the same as for reading")
            guard !community.isEmpty else { return }
            // Nothing is written to try it: an agent that knows a community answers to it.
            let trial = access(DeviceKey(community: community), place, name: nil)
            let answers = await tools.probe.probe(place.host, trial).isRecognised
            dialogue.say(answers ? "  The device answers to it." : "  The device does not answer to it.")
            guard try answers ? true : await dialogue.confirm("Take it all the same?", usual: false) else { continue }
            key.secrets[.write] = community
            return
        }
    }

    // MARK: - Outlets

    private func nameOutlets(of device: DeviceReport, _ key: DeviceKey, _ name: String) async throws {
        dialogue.say("  It has \(device.outlets.count) outlets:")
        for outlet in device.outlets {
            dialogue.say("    \(outlet.number)  \(outlet.state ?? "?")  \(Printable.text(outlet.name ?? ""))")
        }
        var labels = Dictionary(device.outlets.map { ($0.number, $0.name) }) { first, _ in first }.compactMapValues(
            \.self
        )
        if !device.outlets.isEmpty, try await dialogue.confirm("Name the outlets now?") {
            for outlet in device.outlets {
                let label = try await dialogue.ask("  Outlet \(outlet.number), . to end", usual: outlet.name ?? "")
                if label == "." { break }
                labels[outlet.number] = label.isEmpty ? nil : label
            }
        }
        let numbers = Set(device.outlets.map(\.number))
        let guarded = try await dialogue.ask("Outlets that only --force may switch, such as 1,4") { answer in
            let given = answer.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
            return given.allSatisfy { $0.map(numbers.contains) ?? false } ? nil : "numbers of its outlets, with commas"
        }
        let protected = Set(guarded.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) })
        let entry = OutletLines.entry(device.entry, labels: labels, protected: protected)
        entries.append((name, entry))
        secrets.merge(key.secrets(of: name)) { _, new in new }
    }

    // MARK: - Writing

    private func place(of secret: String) -> SecretPlaces.Place {
        isUnit ? .credential(secret) : .file("secrets/\(secret)")
    }

    private var text: String {
        let head = FirstConfiguration(
            writer: "busbar init",
            stateDirectory: isUnit ? nil : directory + "/state",
            broker: broker,
            username: username,
            passwordFile: username.map { _ in
                isUnit ? "\"${CREDENTIALS_DIRECTORY}/secret_mqtt\"" : "secrets/mqtt"
            }
        )
        return head.text + (["pdus:"] + entries.map(\.text)).joined(separator: "\n") + "\n"
    }

    private func write() async throws {
        if let password, username != nil { secrets["mqtt"] = password }
        let draft = ConfigurationDraft(path: path, text: text)
        dialogue.say("\n\(draft.text)")
        guard try await dialogue.confirm("Write \(path)?") else {
            throw ConfigurationDraft.Problem(description: "nothing was written")
        }
        var written: [String] = []
        do {
            if !secrets.isEmpty {
                let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
                try FileManager.default.createDirectory(
                    atPath: secretsDirectory,
                    withIntermediateDirectories: true,
                    attributes: attributes
                )
            }
            for (file, secret) in secrets.sorted(by: { $0.key < $1.key }) {
                let place = "\(secretsDirectory)/\(file)"
                try ConfigurationDraft.create(place, secret + "\n", mode: 0o600)
                written.append(place)
            }
            _ = try draft.check(replacing: ("${CREDENTIALS_DIRECTORY}/secret_", "secrets/"))
            // The unit's user is another one than whoever writes this, and its secrets are elsewhere.
            try ConfigurationDraft.create(path, draft.text, mode: isUnit ? 0o644 : 0o600)
        } catch {
            // Nothing is left of half a beginning.
            for place in written { try? FileManager.default.removeItem(atPath: place) }
            throw ConfigurationDraft.Problem(description: "\(error)")
        }
        let outlet = "\(entries[0].name)/1"
        if isUnit {
            dialogue.say("Written and checked. Start the agent and switch an outlet:\n")
            dialogue.say("    systemctl enable --now busbar\n    busbar status\n    busbar on \(outlet)")
        } else {
            let config = URL(fileURLWithPath: path).lastPathComponent
            dialogue.say("Written and checked. Start the agent, and in another terminal switch an outlet:\n")
            dialogue.say("    busbar agent --config \(config)\n    busbar on \(outlet) --config \(config)")
        }
    }
}
