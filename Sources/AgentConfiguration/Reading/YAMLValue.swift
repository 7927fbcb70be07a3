/// A value of the file with its place. It has neither tags nor aliases.
struct YAMLValue {
    struct Entry {
        var key: String
        var location: SourceLocation
        var value: YAMLValue
    }

    enum Content {
        case scalar(String, isPlain: Bool)
        case list([YAMLValue])
        case mapping([Entry])
    }

    /// What a reader of YAML 1.2 (core schema) takes a value for.
    enum Kind {
        case nothing, boolean, number, text, list, mapping
    }

    var location: SourceLocation
    var content: Content

    var kind: Kind {
        switch content {
        case .list: .list
        case .mapping: .mapping
        case .scalar(let text, isPlain: true):
            switch text {
            case "", "~", "null", "Null", "NULL": .nothing
            case "true", "True", "TRUE", "false", "False", "FALSE": .boolean
            default: Self.isNumber(text) ? .number : .text
            }
        case .scalar: .text
        }
    }

    /// What it is, for messages; never its content, which may be a secret in the wrong place.
    var found: String {
        switch kind {
        case .nothing: "nothing"
        case .boolean: "true or false"
        case .number: "a number"
        case .text: "text"
        case .list: "a list"
        case .mapping: "keys with values"
        }
    }

    /// The characters of a scalar; nothing for lists and mappings.
    var scalar: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// The same value, in another of the files.
    func placed(inFile file: Int) -> YAMLValue {
        var copy = self
        copy.location.file = file
        switch content {
        case .scalar: break
        case .list(let values): copy.content = .list(values.map { $0.placed(inFile: file) })
        case .mapping(let entries):
            copy.content = .mapping(
                entries.map { entry in
                    var entry = entry
                    entry.location.file = file
                    entry.value = entry.value.placed(inFile: file)
                    return entry
                }
            )
        }
        return copy
    }

    /// Integers, octal and hexadecimal ones, and floats of the core schema (YAML 1.2.2 section 10.3.2).
    private static func isNumber(_ text: String) -> Bool {
        let bytes = text.utf8
        // Most scalars are words, and parsing them as numbers would be wasted.
        guard let first = bytes.first, first < UInt8(ascii: "A") else { return false }
        if [".inf", ".Inf", ".INF", "+.inf", "-.inf", ".nan", ".NaN", ".NAN"].contains(text) { return true }
        if text.hasPrefix("0x") || text.hasPrefix("0o") { return bytes.count > 2 }
        return bytes.contains(where: isDigit) && bytes.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) }
            && Double(text) != nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
