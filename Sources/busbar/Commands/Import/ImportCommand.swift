import AgentConfiguration
import ArgumentParser
import Foundation

/// The programs of which configurations are read.
enum ImportSource: String, CaseIterable, ExpressibleByArgument {
    case pdudaemon
    case powerman
    case labgrid
    case netbox
}

/// `busbar import`: a configuration from that of another program.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a configuration from that of pdudaemon, powerman, labgrid or NetBox.",
        discussion: """
            Prints a configuration that busbar check accepts, and on standard error line by line what could not be \
            carried over or has to be completed. Nothing is contacted and no file is written. What a file is, its content \
            tells: the JSON of pdudaemon, powerman's device and node lines, labgrid's YAML with NetworkPowerPort, CSV \
            tables of devices and power outlets from NetBox.

            busbar import /etc/pdudaemon/pdudaemon.conf > busbar.yaml

            Exit codes: 0 everything was carried over, 1 something was not, 2 a file cannot be read or is of no such \
            program, 64 wrong usage.
            """
    )

    @Argument(
        help: "The files of the other program; of NetBox the devices and their power outlets.",
        completion: .file()
    )
    var files: [String]

    @Option(help: "The program: pdudaemon, powerman, labgrid or netbox; else the file's content tells.")
    var from: ImportSource?

    @Option(help: "The broker to write into the configuration.")
    var broker = "mqtt://127.0.0.1"

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("name at least one file") }
    }

    func run() async throws {
        var imported = ImportedConfiguration(broker: broker)
        for file in files {
            guard let data = FileManager.default.contents(atPath: file), data.count <= 16 << 20,
                let text = String(data: data, encoding: .utf8)
            else { throw ExitCode.refused.because("\(file) cannot be read, or is no text") }
            guard let source = from ?? Self.source(of: text, file) else {
                throw ExitCode.refused.because(
                    "\(file): neither pdudaemon's, powerman's, labgrid's nor NetBox's; say what it is with --from"
                )
            }
            imported.begin(file)
            do {
                switch source {
                case .pdudaemon: try PdudaemonImport.read(text, into: &imported)
                case .powerman: PowermanImport.read(text, into: &imported)
                case .labgrid: try LabgridImport.read(text, into: &imported)
                case .netbox: NetBoxImport.read(text, into: &imported)
                }
            } catch {
                throw ExitCode.refused.because("\(file): it cannot be read as \(source.rawValue)'s: \(error)")
            }
        }
        NetBoxImport.finish(&imported)
        for note in imported.notes { StandardError.write(line: Printable.text(note)) }
        guard !imported.pdus.isEmpty else { throw ExitCode.notDone.because("no device could be carried over") }
        let draft = ConfigurationDraft(path: "busbar.yaml", text: imported.text)
        do throws(ConfigurationErrors) {
            _ = try draft.check()
        } catch {
            StandardError.write(line: error.description)
            throw ExitCode.notDone.because("what was read makes no good configuration; mend the above in the source")
        }
        print(draft.text, terminator: "")
        if !imported.notes.isEmpty { throw ExitCode.notDone }
    }

    static func source(of text: String, _ file: String) -> ImportSource? {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }.filter {
            !$0.isEmpty
        }
        if lines.first?.hasPrefix("{") ?? false, text.contains("\"pdus\"") { return .pdudaemon }
        if text.contains("NetworkPowerPort") || text.contains("PDUDaemonPort") { return .labgrid }
        if lines.contains(where: { $0.hasPrefix("device \"") || $0.hasPrefix("node \"") }) { return .powerman }
        let head = NetBoxImport.columns(of: String(lines.first ?? ""))
        if head.contains("name"), head.count > 1 { return .netbox }
        return nil
    }
}

/// What was read of other programs' files, on the way to a configuration.
struct ImportedConfiguration {
    struct PDU {
        var name: String
        /// What the other program calls it.
        var original: String
        /// The lines after the name, without indentation.
        var lines: [String]
        var labels: [Int: String] = [:]
    }

    private(set) var pdus: [PDU] = []
    private(set) var notes: [String] = []
    /// Lines on the left edge.
    var sections: [String] = []
    var groups: [(name: String, outlets: [String])] = []
    /// What NetBox's tables have said so far.
    var netBox = NetBoxImport.Tables()
    private var file = ""
    private let broker: String

    init(broker: String) { self.broker = broker }

    mutating func begin(_ file: String) { self.file = file }

    /// Tells what could not be carried over.
    mutating func note(_ line: Int?, _ text: String) {
        notes.append(file + (line.map { ":\($0)" } ?? "") + ": " + text)
    }

    /// Adds a PDU. Its name is made fit, and told where it is another one then.
    ///
    /// - Returns: the name.
    mutating func add(_ original: String, _ lines: [String], at line: Int?) -> String {
        // Another file may have named the same device already.
        if let same = pdus.first(where: { $0.original == original && $0.lines == lines }) { return same.name }
        let name = unused(original)
        if name != original { note(line, "\(original) is called \(name) here; names have A-Z a-z 0-9 _ - only") }
        pdus.append(PDU(name: name, original: original, lines: lines))
        return name
    }

    private func unused(_ original: String) -> String {
        let fit = String(
            original.prefix(60).map { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) ? $0 : "-" }
        )
        let stem = fit.isEmpty ? "pdu" : fit
        var name = stem
        var number = 2
        while pdus.contains(where: { $0.name == name }) {
            name = "\(stem)-\(number)"
            number += 1
        }
        return name
    }

    /// Labels an outlet.
    mutating func label(_ pdu: String, _ outlet: Int, _ label: String?) {
        guard let place = pdus.firstIndex(where: { $0.name == pdu }), (1...999).contains(outlet) else { return }
        pdus[place].labels[outlet] = label ?? pdus[place].labels[outlet] ?? ""
    }

    var text: String {
        var lines = ["# Made by busbar import. Look through it, then: busbar check busbar.yaml"]
        lines.append("mqtt: { broker: \(YAMLText.quoted(broker)) }")
        lines += sections
        if !groups.isEmpty { lines.append("groups:") }
        for group in groups { lines.append("  \(group.name): { outlets: [\(group.outlets.joined(separator: ", "))] }") }
        lines.append("pdus:")
        for pdu in pdus {
            lines.append("  - name: \(YAMLText.quoted(pdu.name))")
            lines += pdu.lines.map { "    " + $0 }
            if !pdu.labels.isEmpty { lines.append("    outlets:") }
            for (number, label) in pdu.labels.sorted(by: { $0.key < $1.key }) {
                lines.append("      \(number): \(label.isEmpty ? "{}" : "{ label: \(Self.quoted(label)) }")")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A text of a foreign file, as YAML reads it back; what looks like a variable stays as it is.
    static func quoted(_ text: String) -> String { YAMLText.quoted(text.replacing("${", with: "$${")) }

    /// The lines of an SNMP device that answers to a community.
    static func snmp(_ host: String, model: String, version: String = "1", community: String?) -> [String] {
        [
            "driver: snmp", "model: \(model)", "host: \(quoted(host))", "version: \(version)",
            "community: \(quoted(community ?? "private"))" + (community == nil ? "  # give yours" : ""),
        ]
    }
}
