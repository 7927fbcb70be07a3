internal import SNMPClient

/// An object identifier with places for the parts of an index: `1.3.6.1.4.1.13742.6.4.1.2.1.2.(pdu).(outlet)`.
struct OIDTemplate: Sendable, Hashable {
    enum Element: Sendable, Hashable {
        case arc(UInt32)
        case expression(IndexExpression)
    }

    let elements: [Element]

    /// Why a text is no template.
    struct Malformed: Error, Equatable {
        let reason: String
    }

    init(elements: [Element]) {
        self.elements = elements
    }

    /// Reads a template.
    init(_ text: String) throws(Malformed) {
        var elements: [Element] = []
        for level in try Self.levels(text) {
            if level.hasPrefix("(") {
                guard level.hasSuffix(")"), let expression = IndexExpression(level.dropFirst().dropLast()) else {
                    throw Malformed(reason: "\(level) is not an index part such as (outlet) or (outlet-1)")
                }
                elements.append(.expression(expression))
            } else {
                guard !level.isEmpty, level.allSatisfy({ ("0"..."9").contains($0) }), let arc = UInt32(level) else {
                    throw Malformed(reason: "\"\(level)\" is not a number from 0 to 4294967295")
                }
                elements.append(.arc(arc))
            }
        }
        guard elements.count >= 2 else { throw Malformed(reason: "an object identifier has at least two numbers") }
        self.elements = elements
    }

    /// The names of the parts that it needs.
    var parts: Set<String> {
        elements.reduce(into: []) { names, element in
            if case .expression(let expression) = element { names.formUnion(expression.parts) }
        }
    }

    /// The object it names; nothing when a part is not known.
    func oid(_ bindings: IndexBindings) -> OID? {
        var arcs: [UInt32] = []
        for element in elements {
            switch element {
            case .arc(let arc): arcs.append(arc)
            case .expression(let expression):
                guard let found = expression.arcs(bindings) else { return nil }
                arcs += found
            }
        }
        return OID(arcs)
    }

    /// Splits at the dots outside parentheses.
    private static func levels(_ text: String) throws(Malformed) -> [String] {
        var levels: [String] = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            guard (0...1).contains(depth) else { throw Malformed(reason: "its parentheses do not match") }
            if character == ".", depth == 0 {
                levels.append("")
            } else {
                levels[levels.count - 1].append(character)
            }
        }
        guard depth == 0 else { throw Malformed(reason: "its parentheses do not match") }
        return levels
    }
}

extension OIDTemplate: CustomStringConvertible {
    /// The template as a model file has it.
    var description: String {
        elements.map { element in
            switch element {
            case .arc(let arc): String(arc)
            case .expression(let expression): "(\(expression))"
            }
        }
        .joined(separator: ".")
    }
}

extension IndexExpression: CustomStringConvertible {
    /// The expression without its parentheses.
    var description: String {
        guard let choice else { return "\(term)" }
        return "\(choice.part)<=\(choice.limit) ? \(term) : \(choice.beyond)"
    }
}

extension IndexExpression.Term: CustomStringConvertible {
    var description: String {
        offset == 0 ? part : offset > 0 ? "\(part)+\(offset)" : "\(part)\(offset)"
    }
}
