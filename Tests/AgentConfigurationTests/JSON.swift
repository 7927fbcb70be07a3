/// A JSON value whose objects keep their order.
indirect enum JSON: Equatable {
    case object([(key: String, value: JSON)])
    case array([JSON])
    case string(String)
    case number(Double)
    case boolean(Bool)
    case null

    static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        case (.array(let left), .array(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.boolean(let left), .boolean(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }

    /// An object with one member.
    static func object(_ key: String, _ value: JSON) -> JSON { .object([(key: key, value: value)]) }

    subscript(key: String) -> JSON? {
        if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    var members: [(key: String, value: JSON)]? { if case .object(let members) = self { members } else { nil } }

    /// Text of several lines, two spaces a level; short arrays and objects of plain values stay on one line.
    func formatted(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .object(let members) where members.isEmpty: return "{}"
        case .object(let members):
            let lines = members.map { "\(inner)\(Self.quote($0.key)): \($0.value.formatted(indent: inner))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        case .array(let elements):
            let line = "[\(elements.map { $0.formatted(indent: inner) }.joined(separator: ", "))]"
            if !line.contains("\n"), indent.count + line.count < 110 { return line }
            let lines = elements.map { inner + $0.formatted(indent: inner) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
        case .string(let text): return Self.quote(text)
        case .number(let number): return number == number.rounded() ? String(Int(number)) : String(number)
        case .boolean(let value): return value ? "true" : "false"
        case .null: return "null"
        }
    }

    private static func quote(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}

extension JSON: ExpressibleByStringLiteral {
    init(stringLiteral text: String) { self = .string(text) }
}

extension JSON: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral members: (String, JSON)...) { self = .object(members.map { (key: $0.0, value: $0.1) }) }
}

extension JSON: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: JSON...) { self = .array(elements) }
}

extension JSON: ExpressibleByIntegerLiteral {
    init(integerLiteral number: Int) { self = .number(Double(number)) }
}

extension JSON: ExpressibleByBooleanLiteral {
    init(booleanLiteral value: Bool) { self = .boolean(value) }
}
