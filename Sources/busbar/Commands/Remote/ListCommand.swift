import ArgumentParser
import Foundation
import Power
import Remote

/// `busbar list`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the PDUs and their outlets, and the loads.",
        discussion: "Exit codes: 0 shown, 2 a target names nothing, 3 no broker."
    )

    private struct Row: Encodable {
        var outlet: String?
        var load: String?
        var label: String?
        var pdu: String?
        var model: String?
        var driver: String?
        var location: String?
        var online: Bool?
        var protected: Bool
    }

    @OptionGroup var options: LookOptions

    func run() async throws {
        let (fleet, outlets, loads) = try await options.look(.description)
        var rows = outlets.map { id in
            let pdu = fleet.pdus[id.pdu]
            let outlet = pdu?.outlets[id.outlet]
            return Row(
                outlet: id.description,
                label: outlet?.label,
                pdu: pdu?.label ?? id.pdu.rawValue,
                model: pdu?.model,
                driver: pdu?.driver,
                location: pdu?.location,
                online: pdu?.isOnline,
                protected: outlet?.isProtected ?? false
            )
        }
        rows += loads.map { Row(load: $0, online: fleet.loads[$0]?.isOnline, protected: false) }
        if options.json { return print(try JSONText.lines(rows)) }
        var table = TextTable(["OUTLET", "LABEL", "PDU", "MODEL", "LOCATION", "ONLINE", ""])
        for row in rows {
            table.add([
                row.outlet ?? row.load.map { "load:\($0)" } ?? "", row.label ?? "", row.pdu ?? "",
                row.model ?? row.driver ?? "", row.location ?? "",
                row.online.map { $0 ? "yes" : "no" } ?? "?", row.protected ? "protected" : "",
            ])
        }
        print(table.text)
        for (name, pdu) in fleet.pdus.sorted(by: { $0.key < $1.key })
        where pdu.outlets.isEmpty && options.targets.isEmpty {
            print("\(name)  no outlets known: \(pdu.problem.map(Printable.text) ?? "it was never read")")
        }
    }
}
