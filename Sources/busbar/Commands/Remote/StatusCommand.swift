import ArgumentParser
import Power
import Remote

/// `busbar status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the states of outlets and loads, and what they measure.",
        discussion: """
            What the broker keeps is shown, at once; a state is as the device said it at its last read. Where a PDU or \
            its agent is offline, the state is old and marked with (old).

            Exit codes: 0 everything is online and known, 1 something is offline or was never read, 2 a target names \
            nothing, 3 no broker.
            """
    )

    private struct Row: Encodable {
        var outlet: String?
        var load: String?
        var label: String?
        var state: String?
        var online: Bool
        var problem: String?
        var measurements: MeasuredValues
    }

    @OptionGroup var options: LookOptions

    func run() async throws {
        let (fleet, outlets, loads) = try await options.look(.state)
        // Which agent has a PDU is not told; when none is there, nothing is up to date.
        let hasAgent = fleet.agents.values.contains(true)
        var rows = outlets.map { id in
            let pdu = fleet.pdus[id.pdu]
            let outlet = pdu?.outlets[id.outlet]
            return Row(
                outlet: id.description,
                label: outlet?.label,
                state: outlet?.state?.rawValue,
                online: hasAgent && pdu?.isOnline == true,
                problem: hasAgent ? pdu?.problem : "no agent is online",
                measurements: outlet?.measurements ?? [:]
            )
        }
        rows += loads.map { name in
            let load = fleet.loads[name]
            return Row(
                load: name,
                state: load?.state,
                online: hasAgent && load?.isOnline == true,
                problem: hasAgent
                    ? load?.isOnline == false ? "a PDU that feeds it is offline" : nil : "no agent is online",
                measurements: [:]
            )
        }
        if options.json {
            print(try JSONText.lines(rows))
        } else {
            print(Self.table(rows, fleet, outlets).text)
        }
        if rows.contains(where: { !$0.online || $0.state == nil }) { throw ExitCode(1) }
    }

    private static func table(_ rows: [Row], _ fleet: Fleet, _ outlets: [OutletID]) -> TextTable {
        var table = TextTable(["OUTLET", "LABEL", "STATE", "POWER", "CURRENT", "ENERGY", ""])
        func value(_ row: Row, _ quantity: Quantity, _ unit: String) -> String {
            row.measurements[quantity].map { "\(TextTable.number($0)) \(unit)" } ?? ""
        }
        for row in rows {
            table.add([
                row.outlet ?? row.load.map { "load:\($0)" } ?? "", row.label ?? "",
                (row.state ?? "?") + (row.online ? "" : " (old)"),
                value(row, .power, "W"), value(row, .current, "A"), value(row, .energy, "Wh"), row.problem ?? "",
            ])
        }
        return table
    }
}
