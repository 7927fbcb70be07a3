import Yams

/// Composes a text without aliases into values.
///
/// Yams stops at the first key that is given twice and tells only where it stands for the first time. So that key gets
/// another first letter, one that no file has, and the text is composed again; the letter is put back in the result.
struct YAMLComposer {
    typealias Problem = YAMLProblem

    /// How many doubles are looked for before reading stops at one.
    static let mostDoubles = 10
    /// A character for private use.
    private static let placeholder: Unicode.Scalar = "\u{F8FF}"

    private var text: String
    private var letters: [SourceLocation: Unicode.Scalar] = [:]

    init(text: String) {
        self.text = text
    }

    /// Reads the one document of the text; nothing when it has none.
    mutating func read() throws(Problem) -> YAMLValue? {
        guard let root = try compose({ root throws(Problem) in root }) else { return nil }
        return try value(root)
    }

    /// Composes the one document of the text.
    ///
    /// - Parameter body: takes the document while its anchors exist, which go with Yams' parser.
    mutating func compose<Result>(_ body: (Node?) throws(Problem) -> Result) throws(Problem) -> Result {
        while true {
            do {
                // No rules for tags: types are judged by the key, and `on` and `off` are words here.
                let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
                let root = try parser.singleRoot()
                return try withExtendedLifetime(parser) { try body(root) }
            } catch let problem as Problem {
                throw problem
            } catch {
                guard case YamlError.duplicatedKeysInMapping(let names, let context)? = error as? YamlError,
                    letters.count < Self.mostDoubles, hide(SourceLocation(context.mark), names)
                else { throw Self.problem(error, in: text) }
            }
        }
    }

    private func value(_ node: Node) throws(Problem) -> YAMLValue {
        let location = SourceLocation(node.mark)
        switch node {
        case .scalar(let scalar):
            try refuseTag(node.tag, "tag:yaml.org,2002:str", location)
            return YAMLValue(location: location, content: .scalar(scalar.string, isPlain: scalar.style == .plain))
        case .sequence(let sequence):
            try refuseTag(node.tag, "tag:yaml.org,2002:seq", location)
            var list: [YAMLValue] = []
            list.reserveCapacity(sequence.count)
            for element in sequence { list.append(try value(element)) }
            return YAMLValue(location: location, content: .list(list))
        case .mapping(let mapping):
            try refuseTag(node.tag, "tag:yaml.org,2002:map", location)
            var entries: [YAMLValue.Entry] = []
            entries.reserveCapacity(mapping.count)
            for (key, element) in mapping {
                let keyValue = try value(key)
                guard let name = keyValue.scalar else {
                    throw Problem(location: keyValue.location, message: "\(keyValue.found) cannot be a key")
                }
                let original = letters[keyValue.location].map { String($0) + String(name.unicodeScalars.dropFirst()) }
                entries.append(
                    YAMLValue.Entry(key: original ?? name, location: keyValue.location, value: try value(element))
                )
            }
            return YAMLValue(location: location, content: .mapping(entries))
        case .alias:
            throw Problem(location: location, message: YAMLSource.aliasMessage)
        }
    }

    /// Gives the key at a place another first letter.
    private mutating func hide(_ location: SourceLocation, _ names: [String]) -> Bool {
        guard let start = location.index(in: text) else { return false }
        let isQuoted = "\"'".unicodeScalars.contains(text.unicodeScalars[start])
        let index = isQuoted ? text.unicodeScalars.index(after: start) : start
        guard index < text.endIndex else { return false }
        let letter = text.unicodeScalars[index]
        guard names.contains(where: { $0.unicodeScalars.first == letter }),
            letter.properties.isAlphabetic || letter.properties.numericType != nil || letter == "_"
        else { return false }
        text.unicodeScalars.replaceSubrange(index...index, with: [Self.placeholder])
        letters[location] = letter
        return true
    }

    private func refuseTag(_ tag: Tag, _ usual: String, _ location: SourceLocation) throws(Problem) {
        guard tag.rawValue == usual else {
            throw Problem(location: location, message: "tags (such as !name) are not read; leave it out")
        }
    }

    /// Says what Yams found, without the line itself, which may hold a secret.
    static func problem(_ error: any Error, in text: String) -> Problem {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let location = SourceLocation(mark)
            let start = context.map { " (\($0.text), which starts on line \($0.mark.line))" } ?? ""
            let message =
                if problem.contains("another document") {
                    "a second document; the file has to be one"
                } else if problem.hasPrefix("Maximum nesting") {
                    "values are nested too deeply"
                } else if location.index(in: text).map({ text.unicodeScalars[$0] == "\t" }) ?? false {
                    "not valid YAML: a tab; indent with spaces"
                } else {
                    "not valid YAML: \(problem)\(start)"
                }
            return Problem(location: location, message: message)
        case .duplicatedKeysInMapping(let names, let context):
            // What Yams calls a key that is not text.
            let isText = !names.contains("<uncovertable>")
            let list = names.sorted().map(\.quoted).joined(separator: ", ")
            return Problem(
                location: SourceLocation(context.mark),
                message: isText ? "given more than once as key: \(list)" : "a list or a mapping cannot be a key"
            )
        case .reader(let problem, _, _, _):
            return Problem(location: .start, message: "not valid YAML: \(problem)")
        default:
            return Problem(location: .start, message: "not valid YAML")
        }
    }
}
