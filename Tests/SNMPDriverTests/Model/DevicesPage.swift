import Foundation
import Power

@testable import SNMPDriver

/// Writes what is made from the model files: the table in docs/devices.md, and a page for each model.
struct DevicesPage {
    static let mark = "<!-- models -->"
    static let end = "<!-- end -->"

    /// The index with its table brought up to date; nothing when it has no place for it.
    static func filled(_ page: String) throws -> String? {
        guard let start = page.firstRange(of: mark), let stop = page[start.upperBound...].firstRange(of: end) else {
            return nil
        }
        return page[..<start.upperBound] + "\n" + (try text()) + page[stop.lowerBound...]
    }

    /// The text of each model's page, by the id.
    static func pages() throws -> [String: String] {
        let models = try ModelLibrary.ids.compactMap { try ModelLibrary.model($0) }
        return Dictionary(uniqueKeysWithValues: models.map { ($0.id, page($0) + "\n") })
    }

    private static func text() throws -> String {
        var lines = [
            "| model | devices | maturity | cycles | together | outlet readings | device readings |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        let models = try ModelLibrary.ids.compactMap { try ModelLibrary.model($0) }
        for model in models {
            let cells = [
                "[`\(model.id)`](devices/\(model.id).md)", "\(model.vendor): \(model.models)", model.maturity.rawValue,
                model.cyclesByItself ? "yes" : "no", model.switchesTogether ? "yes" : "no",
                list(model.outletQuantities), list(model.deviceQuantities),
            ]
            lines.append("| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func page(_ model: PDUModel) -> String {
        var lines = ["# `\(model.id)`", "", "\(model.vendor): \(model.models).", ""]
        lines.append("- Maturity: \(trust(model.maturity))")
        if let mib = model.mib { lines.append("- MIB: \(mib)") }
        if !model.sources.isEmpty { lines.append("- Sources: \(model.sources.joined(separator: "; "))") }
        lines.append("- Found by `model: auto`: \(detection(model.detection))")
        var abilities = ["switch"]
        if model.cyclesByItself { abilities.append("cycle by itself") }
        if model.switchesTogether { abilities.append("switch several outlets in one request") }
        if model.names != nil { abilities.append("tell the outlets' names") }
        lines.append("- It can \(abilities.joined(separator: ", "))")
        if case .configured = model.outlets {
            lines.append("- Its outlets have to be listed in the configuration")
        }
        let parts = model.indexParts.sorted { $0.key < $1.key }
        if !parts.isEmpty {
            let shown = parts.map { name, value in
                value.map { "`\(name)` (\($0) by default)" }
                    ?? "`\(name)` (\(required(model).contains(name) ? "required" : "read from the device"))"
            }
            lines.append("- `index:` may set \(shown.joined(separator: ", "))")
        }
        lines.append("- After a switch the device may show the old state for \(model.settleWindow / .seconds(1)) s")
        if !model.outletQuantities.isEmpty {
            lines.append("- For each outlet it measures \(list(model.outletQuantities))")
        }
        if !model.deviceQuantities.isEmpty { lines.append("- As a whole it measures \(list(model.deviceQuantities))") }
        let cost = PollCost(model)
        lines.append(
            "- A poll of \(PollCost.outlets) outlets with all of that takes "
                + (cost.requests == 1 ? "one request" : "\(cost.requests) requests, one after the other")
        )
        lines += ["", "An entry for the configuration:", "", "```yaml"] + entry(model) + ["```"]
        if !model.notes.isEmpty || !model.doubts.isEmpty { lines.append("") }
        for note in model.notes { lines.append("- Note: \(note)") }
        for doubt in model.doubts { lines.append("- **In doubt:** \(doubt)") }
        let objects = objects(ModelLibrary.text(model.id) ?? "")
        if !objects.isEmpty {
            lines += ["", "| used for | object | in the MIB |", "| --- | --- | --- |"]
            lines += objects.map { "| \($0.use) | `\($0.oid)` | \($0.name) |" }
        }
        lines += ["", "Made from the model file; [all models](../devices.md#models)."]
        return lines.joined(separator: "\n")
    }

    /// An entry of `pdus` with what this model cannot do without.
    private static func entry(_ model: PDUModel) -> [String] {
        var lines = ["- name: rack1", "  driver: snmp", "  model: \(model.id)", "  host: 192.0.2.20", "  version: 2c"]
        lines += ["  community: public", "  write_community: private"]
        let parts = required(model).map { "\($0): 1" }
        if !parts.isEmpty { lines.append("  index: { \(parts.joined(separator: ", ")) }") }
        if case .configured = model.outlets { lines.append("  outlets: { 1: {}, 2: {} }") }
        return lines
    }

    /// The index parts without which a configuration is refused.
    private static func required(_ model: PDUModel) -> [String] {
        let problems = model.problems(index: [:], listsOutlets: true)
        return model.indexParts.keys.filter { problems.contains("model \(model.id) needs the index part \($0)") }
            .sorted()
    }

    private static func trust(_ maturity: Maturity) -> String {
        switch maturity {
        case .hardware: "tried on hardware (`hardware`)"
        case .mib: "from the vendor's MIB or manual, not tried on hardware (`mib`)"
        case .seen: "experimental, from another program (`seen`)"
        }
    }

    private static func detection(_ rule: DetectionRule) -> String {
        guard rule.isAutomatic else { return "no, name it in the configuration" }
        var ways: [String] = []
        if !rule.objectIDs.isEmpty { ways.append("sysObjectID") }
        if !rule.descriptions.isEmpty { ways.append("sysDescr") }
        if rule.probe != nil { ways.append("an object that only it has") }
        return ways.joined(separator: " and ")
    }

    /// The objects of a model file, with their names, which stand behind them as comments.
    private static func objects(_ yaml: String) -> [(use: String, oid: String, name: String)] {
        var found: [(use: String, oid: String, name: String)] = []
        var section = ""
        var part = ""
        var quantity = ""
        for line in yaml.split(separator: "\n") {
            let key = line.prefix { $0 != ":" }
            if line.first?.isLetter == true { (section, part) = (String(key), "") }
            if line.hasPrefix("  "), line.dropFirst(2).first?.isLetter == true, section == "measurements" {
                part = " " + key.drop { $0 == " " }
            }
            guard !["detect", "sources", "notes", "doubts", "id", "vendor", "models", "mib"].contains(section) else {
                continue
            }
            let halves = line.split(separator: "#", maxSplits: 1)
            let name = halves.count == 2 ? halves[1].trimmingCharacters(in: .whitespaces) : ""
            // The objects of a list, of which the first with a value counts, are below their quantity.
            let isQuantity = line.hasPrefix("    ") && line.dropFirst(4).first?.isLetter == true
            if isQuantity || !line.hasPrefix("    ") { quantity = isQuantity ? " " + key.drop { $0 == " " } : "" }
            let measured = section == "measurements" ? quantity : ""
            for match in (halves.first ?? "").matches(of: /\b1\.3\.6\.1\.[0-9.()a-z+*\-]*[0-9)]/) {
                let use = ((section == "measurements" ? "" : section) + part + measured)
                    .trimmingCharacters(in: .whitespaces)
                found.append((use, String(match.0), name.replacing("|", with: "\\|")))
            }
        }
        // An object that is named once has that name everywhere.
        var names: [String: String] = [:]
        for object in found where !object.name.isEmpty {
            names[base(object.oid)] = names[base(object.oid)] ?? object.name
        }
        var seen: Set<String> = []
        return found.map { object in
            (object.use, object.oid, object.name.isEmpty ? names[base(object.oid)] ?? "" : object.name)
        }
        .filter { seen.insert("\($0.use) \($0.oid)").inserted }
    }

    /// An object's identifier without its index.
    private static func base(_ oid: String) -> String {
        let arcs = oid.split(separator: ".")
        return arcs.prefix { !$0.hasPrefix("(") }.joined(separator: ".")
    }

    private static func list(_ quantities: Set<Quantity>) -> String {
        let names = Quantity.allCases.filter(quantities.contains).map(\.rawValue)
        return names.isEmpty ? "-" : names.joined(separator: ", ")
    }
}
