internal import Power
internal import Yams

/// Turns a model file into a model, or into everything that is wrong with it.
struct ModelFileParser {
    /// For what an index part has a value.
    enum Reach {
        /// The device as a whole.
        case device
        /// Each outlet its own.
        case outlet
    }

    let reader: ModelFileReader
    /// The index parts known so far.
    var reach: [String: Reach] = ["outlet": .outlet]

    private static let keys = [
        "id", "vendor", "models", "maturity", "doubts", "notes", "mib", "sources", "detect", "index", "outlets",
        "control", "state", "names", "device", "measurements", "settle", "limits",
    ]

    /// Parses a whole file.
    static func parse(_ yaml: String, file: String) throws(ModelErrors) -> PDUModel {
        let reader = ModelFileReader(file: file)
        var model: PDUModel?
        do {
            if let node = try Yams.compose(yaml: yaml) {
                var parser = ModelFileParser(reader: reader)
                model = parser.model(node)
            } else {
                reader.report("the file is empty", line: nil)
            }
        } catch let error as YamlError {
            reader.report(yamlProblem: error)
        } catch {
            reader.report("is not YAML: \(error)", line: nil)
        }
        guard let model, reader.problems.isEmpty else { throw ModelErrors(reader.problems) }
        return model
    }

    private mutating func model(_ node: Node) -> PDUModel? {
        let top = reader.section(node, "", keys: Self.keys)
        let id = top.required("id", identifier)
        let vendor = top.required("vendor", reader.text)
        let models = top.required("models", reader.text)
        let maturity = top.required("maturity") { reader.choice($0, $1, Maturity.self) }
        let doubts = top.list("doubts", reader.text)
        if maturity == .seen, doubts.isEmpty, let node = top.values["maturity"] {
            reader.report("seen needs doubts, which say what is not certain", at: node, "maturity")
        }
        learnRowParts(top)
        let index = top.optional("index") { indexParts($0, $1) } ?? [:]
        let outlets = top.required("outlets") { outletSource($0, $1) }
        checkLookups(index, outlets: outlets, in: top)
        let detection = top.optional("detect", detection) ?? DetectionRule()
        let control = top.required("control", control)
        let state = top.required("state", stateMap)
        let names = top.optional("names") { textObject($0, $1, .outlet) }
        let device = top.optional("device", deviceObjects) ?? PDUModel.DeviceObjects()
        let measurements = top.optional("measurements", measurements) ?? ([:], [:])
        let settle = top.optional("settle", settle) ?? (nil, nil)
        let limits = top.optional("limits", limits) ?? RequestLimits()
        guard let id, let vendor, let models, let maturity, let outlets, let control, let state else { return nil }
        return PDUModel(
            PDUModelFacts(
                id: id,
                vendor: vendor,
                models: models,
                maturity: maturity,
                doubts: doubts,
                notes: top.list("notes", reader.text),
                mib: top.optional("mib", reader.text),
                sources: top.list("sources", reader.text),
                settleWindow: settle.window ?? .seconds(2),
                settleInterval: settle.interval ?? .milliseconds(100),
                detection: detection,
                index: index,
                outlets: outlets,
                control: control,
                state: state,
                names: names,
                device: device,
                outletMeasurements: measurements.outlet,
                deviceMeasurements: measurements.device,
                limits: limits
            )
        )
    }

    private func identifier(_ node: Node, _ key: String) -> String? {
        guard let text = reader.text(node, key) else { return nil }
        let isFit =
            text.utf8.count <= 64
            && text.allSatisfy {
                ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
            }
        if !isFit || text == "auto" {
            reader.report("has to be 1 to 64 of a-z 0-9 -, and not auto", at: node, key)
            return nil
        }
        return text
    }

    private func deviceObjects(_ node: Node, _ key: String) -> PDUModel.DeviceObjects? {
        let section = reader.section(node, key, keys: ["model", "firmware", "serial"])
        func object(_ name: String) -> TextObject? { section.optional(name) { textObject($0, $1, .device) } }
        return PDUModel.DeviceObjects(
            model: object("model"),
            firmware: object("firmware"),
            serial: object("serial")
        )
    }

    private func settle(_ node: Node, _ key: String) -> (window: Duration?, interval: Duration?)? {
        let section = reader.section(node, key, keys: ["window", "interval"])
        return (section.optional("window", reader.duration), section.optional("interval", reader.duration))
    }

    private func limits(_ node: Node, _ key: String) -> RequestLimits? {
        let section = reader.section(node, key, keys: ["objects", "requests"])
        var limits = RequestLimits()
        if let count = section.optional("objects", { reader.integer($0, $1, 1...500) }) { limits.varBinds = count }
        if let count = section.optional("requests", { reader.integer($0, $1, 1...16) }) { limits.concurrent = count }
        return limits
    }
}

extension ModelFileParser {
    /// By what a device is known.
    func detection(_ node: Node, _ key: String) -> DetectionRule? {
        let keys = ["sys_object_id", "sys_object_id_exact", "sys_descr", "probe", "priority"]
        let section = reader.section(node, key, keys: keys)
        var rule = DetectionRule()
        for (name, isExact) in [("sys_object_id", false), ("sys_object_id_exact", true)] {
            rule.objectIDs += section.list(name) { template($0, $1, .device) }
                .map { DetectionRule.ObjectID(template: $0, isExact: isExact) }
        }
        rule.descriptions = section.list("sys_descr", reader.text).map { NamePattern($0) }
        rule.probe = section.optional("probe") { template($0, $1, .device) }
        rule.priority = section.optional("priority") { reader.integer($0, $1, -100...100) } ?? 0
        return rule
    }
}
