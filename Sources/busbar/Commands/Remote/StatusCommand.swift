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
            its agent is offline, the state is old and marked with (old). To have the devices read first, use busbar \
            get, or --direct where no agent runs. Columns: outlet, label, state, power, current, energy, problem, and \
            wide: pdu, voltage, apparent_power, power_factor, frequency, temperature, humidity, online.

            Exit codes: 0 everything is online and known, 1 something is offline or was never read, 2 a target names \
            nothing, 3 no broker, 64 wrong usage, 78 bad configuration.
            """
    )

    @OptionGroup var options: LookOptions
    @OptionGroup var direct: DirectOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (fleet, selection) = try await options.look(.state, isDirect: direct.isDirect)
        try StatusRows(fleet, selection).show(output)
    }
}

/// The states of outlets and loads as rows.
struct StatusRows {
    private struct Row: Encodable {
        var outlet: String?
        var load: String?
        var label: String?
        var state: String?
        var online: Bool
        var problem: String?
        var measurements: MeasuredValues

        var name: String { outlet ?? load.map { "load:\($0)" } ?? "" }
        var words: String { (state ?? "?") + (online ? "" : " (old)") }
        var style: TextStyle {
            guard online else { return .warning }
            return switch state {
            case "ON": .good
            case "OFF": .faint
            default: .warning
            }
        }
    }

    private let rows: [Row]

    init(_ fleet: Fleet, _ selection: Fleet.Selection) {
        // Which agent has a PDU is not told; when none is there, nothing is up to date.
        let hasAgent = fleet.agents.values.contains(true)
        var rows = selection.outlets.map { id in
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
        rows += selection.pdus.filter { fleet.pdus[$0]?.outlets.isEmpty ?? false }.map { name in
            let problem = hasAgent ? fleet.pdus[name]?.problem ?? "it was never read" : "no agent is online"
            return Row(outlet: name.rawValue, online: false, problem: problem, measurements: [:])
        }
        rows += selection.loads.map { name in
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
        self.rows = rows
    }

    /// Prints them.
    ///
    /// - Throws: the exit code 1 when a state is old or was never read.
    func show(_ output: OutputOptions) throws {
        let text = try Self.listing.text(rows, output)
        if !text.isEmpty { print(text) }
        if rows.isEmpty { StandardError.write(line: "busbar: no agent at the broker has said anything of a PDU") }
        if rows.contains(where: { !$0.online || $0.state == nil }) { throw ExitCode.notDone }
    }

    private static var listing: Listing<Row> {
        func measured(_ quantity: Quantity, _ unit: String, isWide: Bool = false) -> Listing<Row>.Column {
            .init(quantity.rawValue, isWide: isWide) { row in
                row.measurements[quantity].map { .number($0, unit: unit) } ?? .none
            }
        }
        return Listing(
            columns: [
                .init("outlet") { .text($0.name) }, .init("label") { $0.label.map { .text($0) } ?? .none },
                .init("state") { .text($0.words, $0.style) }, measured(.power, "W"), measured(.current, "A"),
                measured(.energy, "Wh"), measured(.voltage, "V", isWide: true),
                measured(.apparentPower, "VA", isWide: true), measured(.powerFactor, "", isWide: true),
                measured(.frequency, "Hz", isWide: true), measured(.temperature, "°C", isWide: true),
                measured(.humidity, "%", isWide: true), .init("online", isWide: true) { .flag($0.online) },
                .init("problem") { $0.problem.map { .text($0, .warning) } ?? .none },
            ],
            name: \.name,
            summary: { row in row.words + (row.problem.map { "  \($0)" } ?? "") }
        )
    }
}
