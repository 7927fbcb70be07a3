import ArgumentParser
import Power
import SNMPDriver

/// `busbar models`: what can be written after `model:`.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the SNMP models that are built in.",
        discussion: """
            A model's name is what stands after model: in an entry with driver: snmp. The column tried says how well a \
            model is known: hardware was tried on a device, mib is made from the vendor's MIB, seen from what other \
            programs do.

            Exit codes: 0 listed, 1 none fits, 64 wrong usage.
            """
    )

    private struct Row: Encodable {
        var model: String
        var vendor: String
        var devices: String
        var maturity: String
        var mib: String?
        var outletMeasurements: [String]
        var cyclesByItself: Bool
        var page: String
    }

    @Argument(help: "Only models of which the name, the vendor, the devices or the MIB hold this text, such as AP79.")
    var text: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let rows = ModelLibrary.all.map { model in
            Row(
                model: model.id,
                vendor: model.vendor,
                devices: model.models,
                maturity: model.maturity.rawValue,
                mib: model.mib,
                outletMeasurements: model.outletQuantities.map(\.rawValue).sorted(),
                cyclesByItself: model.cyclesByItself,
                page: "docs/devices/\(model.id).md"
            )
        }.filter { row in
            guard let text = text?.lowercased() else { return true }
            return [row.model, row.vendor, row.devices, row.mib ?? ""].contains { $0.lowercased().contains(text) }
        }
        let listing = Listing<Row>(
            columns: [
                .init("model") { .text($0.model) }, .init("vendor") { .text($0.vendor) },
                .init("tried") { .text($0.maturity, $0.maturity == "hardware" ? .good : nil) },
                .init("devices") { .text($0.devices) },
                .init("mib", isWide: true) { $0.mib.map { .text($0) } ?? .none },
                .init("measures", isWide: true) { .text($0.outletMeasurements.joined(separator: " ")) },
                .init("cycle", isWide: true) { .flag($0.cyclesByItself) },
            ],
            name: \.model
        )
        let shown = try listing.text(rows, output)
        if !shown.isEmpty { print(shown) }
        if rows.isEmpty {
            throw ExitCode.notDone.because(
                "no built-in model fits '\(text ?? "")'; busbar probe HOST asks a device, and docs/model-files.md says how "
                    + "to describe one"
            )
        }
    }
}
