import Discovery
import EnerGenieDriver
import SNMPClient

/// What opens a device: what it is asked with, and the files that its secrets go to.
struct DeviceKey: Sendable {
    /// What a secret is for; the end of its file's name.
    enum Purpose: String, Sendable, CaseIterable {
        case read, write, auth, privacy
        /// Of an EnerGenie strip.
        case password = ""
    }

    /// What SNMP devices are sold with.
    static let asSold = DeviceKey(snmp: [.v2c(community: "public"), .v1(community: "public")])

    var snmp: [SNMPCredentials] = []
    var password: EnerGeniePassword?
    /// What does not stand in the configuration itself.
    var secrets: [Purpose: String] = [:]

    /// A community for reading.
    init(community: String) {
        self = community == "public" ? .asSold : DeviceKey(snmp: Self.credentials(community))
        if community != "public" { secrets[.read] = community }
    }

    /// A user of version 3.
    ///
    /// - Parameter privacy: nothing for no encryption; an empty passphrase is the one of authentication.
    init(
        user: String,
        _ authentication: AuthenticationProtocol,
        passphrase: String,
        privacy: (algorithm: PrivacyProtocol, passphrase: String)?
    ) {
        secrets[.auth] = passphrase
        let encryption = privacy.map { privacy in
            let isOwn = !privacy.passphrase.isEmpty
            if isOwn { secrets[.privacy] = privacy.passphrase }
            return V3User.Privacy(
                privacy.algorithm,
                passphrase: SNMPSecret(isOwn ? privacy.passphrase : passphrase)
            )
        }
        snmp = [
            .v3(
                V3User(
                    name: user,
                    authentication: .init(authentication, passphrase: SNMPSecret(passphrase)),
                    privacy: encryption
                )
            )
        ]
    }

    /// A strip's password; nothing when it has characters that no strip knows.
    init?(password text: String) {
        guard let password = EnerGeniePassword(text) else { return nil }
        self.password = password
        // What strips are sold with is no secret.
        if text != "1" { secrets[.password] = text }
    }

    private init(snmp: [SNMPCredentials]) { self.snmp = snmp }

    /// The credentials of a community in the versions that know communities.
    static func credentials(_ community: String) -> [SNMPCredentials] {
        let secret = SNMPSecret(community)
        return [.v2c(community: secret), .v1(community: secret)]
    }

    /// The name of the file of a secret.
    static func file(_ purpose: Purpose, of pdu: String) -> String {
        purpose == .password ? pdu : "\(pdu)-\(purpose.rawValue)"
    }

    /// The secrets by the names of their files.
    func secrets(of pdu: String) -> [String: String] {
        Dictionary(secrets.map { (Self.file($0.key, of: pdu), $0.value) }) { first, _ in first }
    }

    /// How a host is asked with it.
    ///
    /// - Parameters:
    ///   - port: where it is not the usual one.
    ///   - pdu: the PDU's name in the entry; nothing where it is only looked at.
    ///   - place: where the file of a secret is, by its name.
    func access(
        port: UInt16?,
        pdu: String? = nil,
        limit: Duration,
        place: (String) -> SecretPlaces.Place
    ) -> ProbeAccess {
        var places = SecretPlaces()
        func placed(_ purpose: Purpose) -> SecretPlaces.Place? {
            guard let pdu, secrets[purpose] != nil else { return nil }
            return place(Self.file(purpose, of: pdu))
        }
        places.community = placed(.read)
        places.writeCommunity = placed(.write)
        places.passphrase = placed(.auth)
        places.privacyPassphrase = placed(.privacy)
        places.password = placed(.password)
        var result = ProbeAccess(
            snmp: snmp,
            password: password,
            places: places,
            snmpPort: port ?? 161,
            webPort: port.map(Int.init) ?? EnerGenieEndpoint.webPort,
            limit: limit
        )
        result.name = pdu
        return result
    }
}

/// Where a device is.
struct DevicePlace: Equatable, Sendable {
    var host: String
    var port: UInt16?

    /// A host, and a port where one is given: `192.0.2.20`, `rack1.example.org:1161`, `[2001:db8::1]:161`.
    init(_ text: String) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<end])
            port = UInt16(text[text.index(after: end)...].dropFirst())
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, let port = UInt16(parts[1]) {
            (host, self.port) = (String(parts[0]), port)
        } else {
            (host, port) = (text, nil)
        }
    }
}

/// The lines of an entry under `pdus:` that name its outlets.
enum OutletLines {
    private static let head = "    outlets:"

    /// An entry without the remarks for people who paste it, and with these outlets.
    static func entry(_ entry: String, labels: [Int: String], protected: Set<Int>) -> String {
        let lines = entry.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("    # ") }
        return replaced(in: lines, labels: labels, protected: protected).joined(separator: "\n")
    }

    /// The lines of an entry with these outlets in place of those that it has.
    static func replaced(in entry: [String], labels: [Int: String], protected: Set<Int>) -> [String] {
        var lines = entry
        if let outlets = lines.firstIndex(of: head) { lines.removeSubrange(outlets...) }
        let listed = Set(labels.keys).union(protected).sorted()
        if !listed.isEmpty { lines.append(head) }
        for number in listed {
            let keys = [
                labels[number].map { "label: \(DeviceReport.quoted($0))" },
                protected.contains(number) ? "protected: true" : nil,
            ]
            lines.append("      \(number): { \(keys.compactMap(\.self).joined(separator: ", ")) }")
        }
        return lines
    }

    /// The lines of an entry that lists its outlets, with these among them; the lines as they are where it lists none.
    static func listing(_ numbers: [Int], in entry: [String]) -> [String] {
        guard let start = entry.firstIndex(of: head) else { return entry }
        var outlets = Dictionary(
            entry[(start + 1)...].compactMap { line in
                Int(line.prefix { $0 != ":" }.drop { $0 == " " }).map { ($0, line) }
            }
        ) { first, _ in first }
        for number in numbers where outlets[number] == nil { outlets[number] = "      \(number): {}" }
        return entry[...start] + outlets.sorted { $0.key < $1.key }.map(\.value)
    }
}
