internal import Foundation
internal import Power

/// Where in an answer an outlet's state stands.
public enum StateLocator: Sendable, Hashable {
    /// The answer is the state, or a text with the state as one of its words.
    case whole
    /// At this place of a JSON document (RFC 6901).
    case pointer(OutletTemplate)
    /// Between two texts; the second may be missing, then it is everything to the end of the line.
    case between(OutletTemplate, OutletTemplate?)

    /// Reads an outlet's state from an answer. It says what it found when that is neither on nor off.
    func reading(_ outlet: OutletNumber, in bytes: [UInt8], _ words: StateWords) -> OutletReading {
        switch self {
        case .whole:
            return words.reading(ofText: String(decoding: bytes, as: UTF8.self))
        case .pointer(let template):
            guard let document = JSONValue.parse(bytes) else { return .indeterminate("something that is not JSON") }
            guard let text = JSONPointer(template.filled(outlet))?.text(in: document) else {
                return .indeterminate("JSON with nothing at \(template.filled(outlet))")
            }
            return words.reading(ofValue: text)
        case .between(let start, let end):
            let text = String(decoding: bytes, as: UTF8.self)
            guard let first = text.firstRange(of: start.filled(outlet)) else {
                return .indeterminate("a text without \(StateWords.shown(start.filled(outlet)))")
            }
            let rest = text[first.upperBound...]
            if let end {
                guard let last = rest.firstRange(of: end.filled(outlet)) else {
                    return .indeterminate("a text without \(StateWords.shown(end.filled(outlet)))")
                }
                return words.reading(ofValue: String(rest[..<last.lowerBound]))
            }
            return words.reading(ofValue: String(rest.prefix { !$0.isNewline }))
        }
    }

    /// Whether the place is another one for every outlet.
    public var namesOutlet: Bool {
        switch self {
        case .whole: false
        case .pointer(let template): template.namesOutlet
        case .between(let start, let end): start.namesOutlet || end?.namesOutlet ?? false
        }
    }
}

/// A place in a JSON document (RFC 6901), such as `/relays/0/ison`.
struct JSONPointer: Sendable, Hashable {
    private let tokens: [String]

    /// Reads a pointer; nothing when it neither begins with `/` nor is empty.
    init?(_ text: String) {
        guard text.isEmpty || text.hasPrefix("/") else { return nil }
        tokens = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
    }

    /// The value at this place as text: a string's content, a number's digits, `true` or `false`; nothing when there is
    /// none, or when it is `null`, an array or an object.
    func text(in document: JSONValue) -> String? {
        var value = document
        for token in tokens {
            switch value {
            case .object(let members):
                guard let member = members[token] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Int(token), "\(index)" == token, elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value.scalar
    }
}

/// A JSON document, as far as states are looked for in it.
indirect enum JSONValue: Decodable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Reads a document; nothing when it is not JSON.
    static func parse(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    /// A value that is no collection, as text.
    var scalar: String? {
        switch self {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): value
        case .null, .array, .object: nil
        }
    }
}
