internal import Yams

/// Reads values out of the nodes of a YAML file and collects what is wrong with them.
///
/// A method that cannot give a value has noted why and gives nothing; the parser goes on, so that everything is
/// reported at once.
final class ModelFileReader {
    let file: String
    private(set) var problems: [ModelProblem] = []

    init(file: String) {
        self.file = file
    }

    func report(_ message: String, at node: Node?, _ key: String) {
        problems.append(ModelProblem(file: file, line: node?.mark?.line, key: key, message: message))
    }

    func report(_ message: String, line: Int?) {
        problems.append(ModelProblem(file: file, line: line, key: "", message: message))
    }

    /// The values of a mapping by their keys; keys that are not known are reported.
    func section(_ node: Node, _ key: String, keys known: [String]) -> ModelSection {
        var values: [String: Node] = [:]
        guard let mapping = node.mapping else {
            report("has to be a mapping with \(Self.list(known))", at: node, key)
            return ModelSection(reader: self, node: node, key: key, values: [:], isMapping: false)
        }
        for (name, value) in mapping {
            guard let name = name.scalar?.string, known.contains(name) else {
                let shown = name.scalar?.string ?? "this"
                report("\"\(shown)\" is not known here; known are \(Self.list(known))", at: value, key)
                continue
            }
            values[name] = value
        }
        return ModelSection(reader: self, node: node, key: key, values: values, isMapping: true)
    }

    /// The pairs of a mapping whose keys are free, in their order.
    func pairs(_ node: Node, _ key: String) -> [(name: String, value: Node)] {
        guard let mapping = node.mapping else {
            report("has to be a mapping", at: node, key)
            return []
        }
        return mapping.compactMap { name, value in
            guard let name = name.scalar?.string else {
                report("its keys have to be plain words or numbers", at: value, key)
                return nil
            }
            return (name, value)
        }
    }

    /// The elements of a list; something that is no list counts as a list of one.
    func elements(_ node: Node) -> [Node] {
        if let sequence = node.sequence { Array(sequence) } else { [node] }
    }

    func text(_ node: Node, _ key: String) -> String? {
        guard let text = node.scalar?.string, !text.isEmpty else {
            report("has to be a text", at: node, key)
            return nil
        }
        return text
    }

    func integer(_ node: Node, _ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let scalar = node.scalar, scalar.style == .plain, let number = Int(scalar.string), range.contains(number)
        else {
            report("has to be a whole number from \(range.lowerBound) to \(range.upperBound)", at: node, key)
            return nil
        }
        return number
    }

    func flag(_ node: Node, _ key: String) -> Bool? {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default:
            report("has to be true or false", at: node, key)
            return nil
        }
    }

    func factor(_ node: Node, _ key: String) -> Double? {
        guard let scalar = node.scalar, scalar.style == .plain, let number = Double(scalar.string), number.isFinite,
            number > 0
        else {
            report("has to be a number above 0", at: node, key)
            return nil
        }
        return number
    }

    func choice<Value: RawRepresentable & CaseIterable>(_ node: Node, _ key: String, _: Value.Type) -> Value?
    where Value.RawValue == String {
        guard let text = node.scalar?.string, let value = Value(rawValue: text) else {
            report("has to be one of \(Self.list(Value.allCases.map(\.rawValue)))", at: node, key)
            return nil
        }
        return value
    }

    /// A number, or a text where it is in quotes or no number.
    func value(_ node: Node, _ key: String) -> ModelValue? {
        guard let scalar = node.scalar, !scalar.string.isEmpty else {
            report("has to be a number or a text", at: node, key)
            return nil
        }
        if scalar.style == .plain, let number = Int(scalar.string) { return .integer(number) }
        return .text(scalar.string)
    }

    /// A time such as `500ms` or `2.5s`, at most an hour.
    func duration(_ node: Node, _ key: String) -> Duration? {
        let text = node.scalar?.string ?? ""
        let units: [(suffix: String, milliseconds: Double)] = [("ms", 1), ("s", 1000), ("m", 60_000)]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Double(text.dropLast(unit.suffix.count)), number > 0 else { continue }
            let milliseconds = number * unit.milliseconds
            if milliseconds <= 3_600_000 { return .milliseconds(Int(milliseconds.rounded())) }
        }
        report("has to be a time such as 500ms, 2.5s or 1m, at most an hour", at: node, key)
        return nil
    }

    static func list(_ words: [String]) -> String { words.joined(separator: ", ") }
}

extension ModelFileReader {
    /// Notes why a text is not YAML at all.
    func report(yamlProblem error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            report("is not YAML: \(problem)", line: mark.line)
        case .duplicatedKeysInMapping(let duplicates, let context):
            report("has a key twice: \(Self.list(duplicates.sorted()))", line: context.mark.line)
        default:
            report("is not YAML: \(error)", line: nil)
        }
    }
}
