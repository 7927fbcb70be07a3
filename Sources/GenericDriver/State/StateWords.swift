public import Power

/// The words by which a device says on and off. They match in either case.
public struct StateWords: Sendable, Hashable {
    private let on: Set<String>
    private let off: Set<String>

    /// Takes the words of each state; nothing when one of them has none, when a word is empty, or when both share one.
    public init?(on: [String], off: [String]) {
        let (on, off) = (Set(on.map(Self.folded)), Set(off.map(Self.folded)))
        guard !on.isEmpty, !off.isEmpty, on.isDisjoint(with: off), !on.union(off).contains("") else { return nil }
        self.on = on
        self.off = off
    }

    /// What a value means that is the state and nothing else. Anything but a known word is neither on nor off.
    public func reading(ofValue text: String) -> OutletReading {
        let word = Self.folded(text)
        if on.contains(word) { return .settled(.on) }
        if off.contains(word) { return .settled(.off) }
        return .indeterminate(Self.shown(text))
    }

    /// What a text means in which the state is one word among others, as in `outlet 3 is on`.
    ///
    /// Words end where a character is no letter, digit, `_` or `-`. A text with words of both states, or of none, is
    /// neither on nor off.
    public func reading(ofText text: String) -> OutletReading {
        let whole = reading(ofValue: text)
        if whole.state != nil { return whole }
        var found: Set<PowerState> = []
        for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "-" }) {
            if let state = reading(ofValue: String(word)).state { found.insert(state) }
        }
        guard found.count == 1, let state = found.first else { return whole }
        return .settled(state)
    }

    private static func folded(_ text: String) -> String {
        var characters = text.lowercased()[...]
        while characters.first?.isWhitespace == true { characters.removeFirst() }
        while characters.last?.isWhitespace == true { characters.removeLast() }
        return String(characters)
    }

    /// A device's own words for a log line: short, on one line, without control characters.
    static func shown(_ text: String) -> String {
        let limit = 80
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            result.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        let isCut = text.unicodeScalars.count > limit
        return result.isEmpty ? "nothing" : "\"\(result)\(isCut ? "…" : "")\""
    }
}
