import ArgumentParser
import Foundation
import Power
import Remote

/// `busbar list`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List PDUs, outlets, loads and groups.",
        discussion: """
            What agents have said of their configuration is shown. Columns: outlet, label, pdu, model, location, online, \
            note, driver, problem.

            Exit codes: 0 shown, 2 a target names nothing, 3 no broker, 64 wrong usage, 78 bad configuration.
            """
    )

    private struct Row: Encodable {
        var outlet: String?
        var load: String?
        var group: String?
        var label: String?
        var pdu: String?
        var model: String?
        var driver: String?
        var location: String?
        var online: Bool?
        var problem: String?
        var protected: Bool
        var outlets: [String]?

        var name: String { outlet ?? load.map { "load:\($0)" } ?? group.map { "@\($0)" } ?? pdu ?? "" }
        var note: String {
            if let outlets { return outlets.joined(separator: " ") }
            return protected ? "protected" : outlet == nil && load == nil ? "no outlets known" : ""
        }
    }

    @OptionGroup var options: LookOptions
    @OptionGroup var direct: DirectOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (fleet, selection) = try await options.look(.description, isDirect: direct.isDirect)
        var rows = selection.outlets.map { id in
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
                problem: pdu?.problem,
                protected: outlet?.isProtected ?? false
            )
        }
        rows += selection.pdus.compactMap { name in
            guard let pdu = fleet.pdus[name], pdu.outlets.isEmpty else { return nil }
            return Row(
                label: pdu.label,
                pdu: name.rawValue,
                model: pdu.model,
                driver: pdu.driver,
                location: pdu.location,
                online: pdu.isOnline,
                problem: pdu.problem ?? "it was never read",
                protected: false
            )
        }
        rows += selection.loads.map { Row(load: $0, online: fleet.loads[$0]?.isOnline, protected: false) }
        rows += selection.groups.map { name in
            Row(group: name, label: fleet.groups[name]?.label, protected: false, outlets: fleet.groups[name]?.outlets)
        }
        let text = try Self.listing.text(rows, output)
        if !text.isEmpty { print(text) }
        if rows.isEmpty { StandardError.write(line: "busbar: no agent at the broker has said anything of a PDU") }
    }

    private static var listing: Listing<Row> {
        func text(_ id: String, isWide: Bool = false, _ value: @escaping (Row) -> String?) -> Listing<Row>.Column {
            .init(id, isWide: isWide) { row in value(row).map { .text($0) } ?? .none }
        }
        return Listing(
            columns: [
                text("outlet") { $0.name }, text("label") { $0.label }, text("pdu") { $0.pdu },
                text("model") { $0.model ?? $0.driver }, text("location") { $0.location },
                .init("online") { row in
                    guard let isOnline = row.online else { return row.outlets == nil ? .text("?", .warning) : .none }
                    return .text(isOnline ? "yes" : "no", isOnline ? nil : .bad)
                },
                text("note") { $0.note }, text("driver", isWide: true) { $0.driver },
                text("problem", isWide: true) { $0.problem },
            ],
            name: \.name,
            summary: { row in [row.model ?? row.driver ?? "", row.note].filter { !$0.isEmpty }.joined(separator: ", ") }
        )
    }
}
