internal import Power
internal import Yams

extension ModelFileParser {
    typealias Measurements = [Quantity: [Measurement]]

    /// What is measured for outlets and for the device.
    func measurements(_ node: Node, _ key: String) -> (outlet: Measurements, device: Measurements)? {
        let section = reader.section(node, key, keys: ["outlet", "device"])
        let outlet = section.optional("outlet") { quantities($0, $1, .outlet) } ?? [:]
        let device = section.optional("device") { quantities($0, $1, .device) } ?? [:]
        return (outlet, device)
    }

    private func quantities(_ node: Node, _ key: String, _ scope: Reach) -> Measurements? {
        let section = reader.section(node, key, keys: Quantity.allCases.map(\.rawValue))
        var measurements: Measurements = [:]
        for quantity in Quantity.allCases {
            let found = section.list(quantity.rawValue) { measurement($0, $1, scope) }
            if !found.isEmpty { measurements[quantity] = found }
        }
        return measurements
    }

    private func measurement(_ node: Node, _ key: String, _ scope: Reach) -> Measurement? {
        let keys = ["oid", "scale", "absent", "packed"] + (scope == .device ? ["rows"] : [])
        let section = reader.section(node, key, keys: keys)
        let object = section.required("oid") { template($0, $1, scope) }
        let scale = section.required("scale") { self.scale($0, $1, scope) }
        let rows = section.optional("rows") { reader.choice($0, $1, Measurement.Rows.self) }
        let packed = section.optional("packed", packedList)
        if rows != nil, case .dynamic = scale {
            reader.report("rows needs a fixed scale", at: node, key)
        }
        guard let object, let scale else { return nil }
        return Measurement(object: object, rows: rows, packed: packed, scale: scale, absent: absent(section))
    }

    private func absent(_ section: ModelSection) -> AbsentValues {
        var absent = AbsentValues()
        for node in section.values["absent"].map(reader.elements) ?? [] {
            if node.scalar?.string == "negative" {
                absent.negative = true
            } else if let text = node.scalar?.string, let number = Int(text) {
                absent.values.insert(number)
            } else {
                reader.report("has to be whole numbers or the word negative", at: node, section.path("absent"))
            }
        }
        return absent
    }

    private func scale(_ node: Node, _ key: String, _ scope: Reach) -> MeasurementScale? {
        guard node.mapping != nil else { return reader.factor(node, key).map { .fixed($0) } }
        let section = reader.section(node, key, keys: ["oid", "rule", "times", "constant"])
        let object = section.required("oid") { template($0, $1, scope) }
        let rule = section.required("rule") { reader.choice($0, $1, MeasurementScale.Rule.self) }
        guard let object, let rule else { return nil }
        return .dynamic(
            MeasurementScale.Dynamic(
                object: object,
                rule: rule,
                times: section.optional("times", reader.factor) ?? 1,
                constant: section.optional("constant", reader.flag) ?? false
            )
        )
    }
}
