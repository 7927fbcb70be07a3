import Foundation
import Yams

/// Reads `pdudaemon.conf`. It is JSON; read as YAML, of which JSON is a part, it has line numbers.
enum PdudaemonImport {
    /// The objects of the MIBs that the configuration names, and the models that have them.
    private static let models = [
        "sPDUOutletCtl": "apc-masterswitch", "rPDUOutletControlOutletCommand": "apc-rpdu",
        "rPDU2OutletSwitchedControlCommand": "apc-rpdu2", "switchingOperation": "raritan-px2",
        "ePDUOutletControlOutletCommand": "cyberpower-epdu", "outletOperationalState": "raritan-px1",
    ]

    static func read(_ text: String, into imported: inout ImportedConfiguration) throws {
        let root = try Yams.compose(yaml: text)?.mapping
        for (key, value) in root?["daemon"]?.mapping ?? [:] { daemon(key, value, &imported) }
        if root?["daemon"] != nil { listen(root?["daemon"]?.mapping ?? [:], &imported) }
        for (key, value) in root?["pdus"]?.mapping ?? [:] {
            guard let name = key.string, let keys = value.mapping else { continue }
            pdu(name, keys, at: key.mark?.line, &imported)
        }
        for (key, _) in root?["aliases"]?.mapping ?? [:] {
            imported.note(key.mark?.line, "alias \(key.string ?? "?"): clients name the PDU and the outlet")
        }
    }

    private static func daemon(_ key: Node, _ value: Node, _ imported: inout ImportedConfiguration) {
        guard let name = key.string, !["hostname", "port", "logging_level", "listener"].contains(name) else { return }
        imported.note(key.mark?.line, "daemon.\(name) has no counterpart")
    }

    private static func listen(_ daemon: Node.Mapping, _ imported: inout ImportedConfiguration) {
        let port = daemon["port"]?.int ?? 16421
        let host = daemon["hostname"]?.string ?? "127.0.0.1"
        imported.sections.append("pdudaemon: { listen: 127.0.0.1:\(port) }")
        if !["127.0.0.1", "localhost"].contains(host) {
            imported.note(
                daemon["hostname"]?.mark?.line,
                "it listened at \(host); for other machines than this give pdudaemon.listen and pdudaemon.allow"
            )
        }
        if let listener = daemon["listener"]?.string, listener != "http" {
            imported.note(daemon["listener"]?.mark?.line, "clients of the \(listener) listener have to use HTTP")
        }
    }

    private static func pdu(
        _ name: String,
        _ keys: Node.Mapping,
        at line: Int?,
        _ imported: inout ImportedConfiguration
    ) {
        let driver = keys["driver"]?.string ?? ""
        let host = keys["ip"]?.string ?? keys["hostname"]?.string ?? name
        func text(_ key: String) -> String? { keys[key]?.string ?? keys[key]?.int.map(String.init) }
        let lines: [String]
        switch driver {
        case "snmpv1":
            lines = ImportedConfiguration.snmp(
                host,
                model: model(keys, name, line, &imported),
                community: text("community")
            )
        case "snmpv3":
            lines = snmpV3(host, keys, model(keys, name, line, &imported), name, line, &imported)
        case _ where driver.lowercased().hasPrefix("apc") && driver.dropFirst(3).allSatisfy(\.isNumber):
            imported.note(line, "\(name) was driven by telnet: enable SNMP at it and give its community")
            lines = ImportedConfiguration.snmp(host, model: "auto", community: nil)
        case "gude1202", "netio4", "netiojson", "servertechpro2", "cyberpower41001", "cyberpower81001":
            imported.note(line, "\(name) was driven by \(driver): enable SNMP at it and give its community")
            lines = ImportedConfiguration.snmp(host, model: "auto", version: "2c", community: nil)
        default:
            let way =
                driver == "localcmdline"
                ? "a program of yours; driver: command needs one that reads the state too"
                : "driver \(driver) has no counterpart; driver: http or driver: command may do it"
            imported.note(line, "\(name) is not carried over: \(way)")
            return
        }
        _ = imported.add(name, lines, at: line)
        let known: Set<String> = [
            "driver", "ip", "hostname", "community", "mib", "controlpoint", "onsetting", "offsetting", "username",
            "password", "authpassphrase", "privpassphrase", "auth_protocol", "priv_protocol", "telnetport", "protocol",
            "insecure",
        ]
        for (key, _) in keys where !known.contains(key.string ?? "") {
            let advice = key.string == "retries" ? "; command.limit says how long the agent tries" : ""
            imported.note(key.mark?.line, "\(name): \(key.string ?? "?") has no counterpart\(advice)")
        }
    }

    private static func model(
        _ keys: Node.Mapping,
        _ name: String,
        _ line: Int?,
        _ imported: inout ImportedConfiguration
    ) -> String {
        let point = keys["controlpoint"]?.string ?? ""
        if let model = models[point] { return model }
        imported.note(line, "\(name): \(point) is of no model known here; model: auto asks the device")
        return "auto"
    }

    private static func snmpV3(
        _ host: String,
        _ keys: Node.Mapping,
        _ model: String,
        _ name: String,
        _ line: Int?,
        _ imported: inout ImportedConfiguration
    ) -> [String] {
        func text(_ key: String) -> String? { keys[key]?.string }
        var lines = [
            "driver: snmp", "model: \(model)", "host: \(ImportedConfiguration.quoted(host))", "version: 3",
            "user: \(ImportedConfiguration.quoted(text("username") ?? "busbar"))",
        ]
        // Without a protocol pysnmp takes MD5 and DES.
        let hash = algorithm(text("auth_protocol"), ["SHA384", "SHA512", "SHA256", "SHA224", "SHA", "MD5"]) ?? "MD5"
        let cipher = algorithm(text("priv_protocol"), ["Aes256", "Aes192", "Aes", "Des"]) ?? "Des"
        let hashes = ["SHA224": "SHA-224", "SHA256": "SHA-256", "SHA384": "SHA-384", "SHA512": "SHA-512"]
        let ciphers = ["Aes256": "AES-256", "Aes192": "AES-192", "Aes": "AES", "Des": "DES"]
        if let passphrase = text("authpassphrase") {
            let words = "protocol: \(hashes[hash] ?? hash), passphrase: \(ImportedConfiguration.quoted(passphrase))"
            lines.append("auth: { \(words) }")
            if let passphrase = text("privpassphrase") {
                let words =
                    "protocol: \(ciphers[cipher] ?? "DES"), passphrase: \(ImportedConfiguration.quoted(passphrase))"
                lines.append("privacy: { \(words) }")
            }
        } else {
            imported.note(line, "\(name): SNMPv3 without authentication; whoever reaches the device can switch it")
        }
        return lines
    }

    private static func algorithm(_ text: String?, _ words: [String]) -> String? {
        text.flatMap { text in words.first { text.lowercased().contains($0.lowercased()) } }
    }
}

/// Reads labgrid's environments and exporter configurations.
enum LabgridImport {
    private static let snmp = [
        "apc": "apc-masterswitch", "raritan": "raritan-px2", "sentry": "servertech-sentry3",
        "sentry_sequential": "servertech-sentry3", "digipower": "digipower", "poe_mib": "poe-rfc3621", "eaton": "auto",
        "pe6216": "aten-pe",
    ]
    /// Those that labgrid switches by their web interface, and that have SNMP too.
    private static let web = [
        "gude": 1, "gude24": 0, "gude8031": 0, "gude8210": 0, "gude8225": 0, "gude8316": 0, "netio": 0,
    ]

    private struct Port {
        var host: String
        var model: String
        var index: Int
        var place: String
        var line: Int?
    }

    static func read(_ text: String, into imported: inout ImportedConfiguration) throws {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where line.contains("{%") {
            imported.note(number + 1, "a template, of which only what is plain YAML is read; render it first")
        }
        let plain = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.contains("{%") ? "" : $0 }
        var ports: [Port] = []
        for node in try Yams.compose_all(yaml: plain.joined(separator: "\n")) { walk(node, [], &ports, &imported) }
        var names: [String: String] = [:]
        for port in ports {
            let id = "\(port.model) \(port.host)"
            guard let name = names[id] ?? add(port, &imported) else { continue }
            names[id] = name
            // labgrid counts the outlets of some models from 0.
            imported.label(name, port.index + (web[port.model] ?? 0), port.place)
        }
    }

    private static func walk(
        _ node: Node,
        _ path: [String],
        _ ports: inout [Port],
        _ imported: inout ImportedConfiguration
    ) {
        if let list = node.sequence {
            for element in list { walk(element, path, &ports, &imported) }
            return
        }
        guard let mapping = node.mapping else { return }
        let kind = mapping["cls"]?.string ?? path.last ?? ""
        if kind == "NetworkPowerPort" {
            let place = path.dropLast().last { !["targets", "resources"].contains($0) } ?? path.first ?? ""
            guard let host = mapping["host"]?.string, let model = mapping["model"]?.string,
                let index = mapping["index"]?.int ?? mapping["index"]?.string.flatMap({ Int($0) })
            else {
                return imported.note(
                    node.mark?.line,
                    "\(place): a NetworkPowerPort needs model, host and a number as index"
                )
            }
            ports.append(Port(host: host, model: model, index: index, place: place, line: node.mark?.line))
            return
        }
        if kind == "PDUDaemonPort" {
            let place = path.dropLast().last { !["targets", "resources"].contains($0) } ?? ""
            return imported.note(
                node.mark?.line,
                "\(place): a PDUDaemonPort stays as it is where pdudaemon.listen is set; import pdudaemon.conf"
            )
        }
        for (key, value) in mapping { walk(value, path + [key.string ?? "?"], &ports, &imported) }
    }

    private static func add(_ port: Port, _ imported: inout ImportedConfiguration) -> String? {
        var host = port.host
        if let scheme = host.range(of: "://") { host = String(host[scheme.upperBound...]) }
        if let at = host.lastIndex(of: "@") { host = String(host[host.index(after: at)...]) }
        host = String(host.prefix { $0 != "/" })
        var number: Int?
        if let colon = host.lastIndex(of: ":"), let given = Int(host[host.index(after: colon)...]) {
            number = given
            host = String(host[..<colon])
        }
        var lines: [String]
        if port.model == "eg_pms2_network" {
            lines = [
                "driver: energenie", "host: \(ImportedConfiguration.quoted(host))",
                "password: \"1\"  # labgrid knows no other",
            ]
            if let number { lines.append("port: \(number)") }
        } else if let model = snmp[port.model] {
            lines = ImportedConfiguration.snmp(
                host,
                model: model,
                version: port.model == "apc" ? "1" : "2c",
                community: port.model == "apc" || port.model == "raritan" ? "private" : nil
            )
            if let number { lines.append("port: \(number)") }
        } else if web[port.model] != nil {
            imported.note(
                port.line,
                "\(host) was switched by its web interface: enable SNMP at it and give its community"
            )
            lines = ImportedConfiguration.snmp(host, model: "auto", version: "2c", community: nil)
        } else {
            imported.note(
                port.line,
                "\(port.place): model \(port.model) has no counterpart; driver: http or driver: command may do it"
            )
            return nil
        }
        return imported.add(host, lines, at: port.line)
    }
}
