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
