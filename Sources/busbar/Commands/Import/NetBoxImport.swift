import ArgumentParser
import Foundation
import Power
import Remote

/// Reads CSV tables of NetBox: devices with their addresses, and power outlets with what they are called.
enum NetBoxImport {
    /// What the tables have said.
    struct Tables {
        struct Device {
            var name: String
            var address: String?
            var role: String?
            var site: String?
            var line: Int
        }

        struct Outlet {
            var device: String
            var name: String
            var label: String?
            var line: Int
        }

        var devices: [Device] = []
        var outlets: [Outlet] = []
    }

    static func read(_ text: String, into imported: inout ImportedConfiguration) {
        let rows = rows(of: text)
        guard let head = rows.first.map({ $0.cells.map(id) }) else { return }
        for row in rows.dropFirst() where !row.cells.allSatisfy(\.isEmpty) {
            func cell(_ names: String...) -> String? {
                for name in names {
                    if let place = head.firstIndex(of: name), place < row.cells.count, !row.cells[place].isEmpty {
                        return row.cells[place]
                    }
                }
                return nil
            }
            guard let name = cell("name") else {
                imported.note(row.line, "a row without a name")
                continue
            }
            if let device = cell("device") {
                let label = cell("label", "connected", "connection", "link_peer", "link_peers", "description")
                imported.netBox.outlets.append(.init(device: device, name: name, label: label, line: row.line))
            } else {
                imported.netBox.devices.append(
                    .init(
                        name: name,
                        address: cell("ip_address", "primary_ip", "primary_ip4", "primary_ip6", "oob_ip"),
                        role: cell("role", "device_role"),
                        site: cell("rack", "location", "site"),
                        line: row.line
                    )
                )
            }
        }
    }

    /// Makes PDUs of all tables.
    static func finish(_ imported: inout ImportedConfiguration) {
        let tables = imported.netBox
        let withOutlets = Set(tables.outlets.map(\.device))
        var names: [String: String] = [:]
        for device in tables.devices {
            let role = device.role?.lowercased() ?? ""
            guard withOutlets.contains(device.name) || role.isEmpty || role.contains("pdu") || role.contains("power")
            else {
                imported.note(
                    device.line,
                    "\(device.name) is a \(device.role ?? "?") without power outlets, and left out"
                )
                continue
            }
            // An address has its network's length behind it.
            let address = device.address.map { String($0.prefix { $0 != "/" }) }
            if address == nil { imported.note(device.line, "\(device.name) has no address; its name is taken for it") }
            names[device.name] = add(device.name, address ?? device.name, device.site, device.line, &imported)
        }
        for outlet in tables.outlets {
            if names[outlet.device] == nil {
                imported.note(
                    outlet.line,
                    "\(outlet.device) is in no table of devices; its name is taken for its address"
                )
                names[outlet.device] = add(outlet.device, outlet.device, nil, outlet.line, &imported)
            }
            guard let number = Int(String(outlet.name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())),
                (1...999).contains(number)
            else {
                imported.note(
                    outlet.line,
                    "\(outlet.device): the name '\(outlet.name)' does not end with an outlet's number"
                )
                continue
            }
            if let pdu = names[outlet.device] { imported.label(pdu, number, outlet.label) }
        }
        if !names.isEmpty {
            imported.note(nil, "NetBox has no communities: give each device its own instead of private")
        }
    }

    private static func add(
        _ name: String,
        _ host: String,
        _ site: String?,
        _ line: Int,
        _ imported: inout ImportedConfiguration
    ) -> String {
        var lines = ImportedConfiguration.snmp(host, model: "auto", version: "2c", community: nil)
        if let site { lines.insert("location: \(ImportedConfiguration.quoted(site))", at: 0) }
        return imported.add(name, lines, at: line)
    }

    /// The names of the columns, as `IP Address` and `ip_address` are the same.
    static func columns(of line: String) -> [String] { rows(of: line).first?.cells.map(id) ?? [] }

    private static func id(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespaces.union(["\u{FEFF}"])).lowercased().replacing(" ", with: "_")
    }

    /// The rows of a CSV text (RFC 4180), with commas or semicolons.
    static func rows(of text: String) -> [(cells: [String], line: Int)] {
        let head = text.prefix { !$0.isNewline }
        let separator: Character = !head.contains(",") && head.contains(";") ? ";" : ","
        var rows: [(cells: [String], line: Int)] = []
        var cells = [""]
        var isQuoted = false
        var line = 1
        var begun = 1
        var characters = text[...]
        while let character = characters.popFirst() {
            if character == "\"" {
                if isQuoted, characters.first == "\"" {
                    cells[cells.count - 1].append("\"")
                    characters.removeFirst()
                } else {
                    isQuoted.toggle()
                }
            } else if character == separator, !isQuoted {
                cells.append("")
            } else if character.isNewline, !isQuoted {
                rows.append((cells, begun))
                cells = [""]
                line += 1
                begun = line
            } else {
                if character.isNewline { line += 1 }
                cells[cells.count - 1].append(character)
            }
        }
        if cells != [""] { rows.append((cells, begun)) }
        return rows
    }
}

/// `busbar export`: the names of outlets for other programs.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print the names of PDUs and outlets as CSV for NetBox.",
        discussion: """
            The table has the columns of NetBox's import of power outlets: device, name, label. The names of the PDUs \
            have to be those of the devices there.

            Exit codes: 0 printed, 2 a target names nothing, 3 no broker, 64 wrong usage, 78 bad configuration.
            """
    )

    @OptionGroup var options: LookOptions
    @OptionGroup var direct: DirectOption

    @Option(help: "How NetBox calls an outlet; {outlet} stands for its number.")
    var nameFormat = "{outlet}"

    private struct Row: Encodable {
        var device: String
        var name: String
        var label: String
    }

    func run() async throws {
        let (fleet, selection) = try await options.look(.description, isDirect: direct.isDirect)
        let rows = selection.outlets.map { id in
            Row(
                device: id.pdu.rawValue,
                name: nameFormat.replacing("{outlet}", with: id.outlet.description),
                label: fleet.outlet(id)?.label ?? ""
            )
        }
        let listing = Listing<Row>(
            columns: [
                .init("device") { .text($0.device) }, .init("name") { .text($0.name) },
                .init("label") { .text($0.label) },
            ],
            name: \.name
        )
        print(listing.csv(rows))
    }
}
