/// A text with wild cards: `*` is anything, `(outlet)` the number of an outlet, everything else is itself, in
/// any case.
///
/// `Sockets.Socket (outlet).General.Relay` finds `Sockets.Socket 03.General.Relay` and the number 3 in it.
struct NamePattern: Sendable, Hashable {
    private enum Token: Sendable, Hashable {
        case literal(Character)
        case anything
        case number
    }

    private let tokens: [Token]
    /// The pattern as written.
    let text: String

    /// Every text is a pattern.
    init(_ text: String) {
        self.text = text
        var tokens: [Token] = []
        var rest = text.lowercased()[...]
        while let character = rest.first {
            if rest.hasPrefix(Self.number) {
                tokens.append(.number)
                rest = rest.dropFirst(Self.number.count)
            } else {
                tokens.append(character == "*" ? .anything : .literal(character))
                rest = rest.dropFirst()
            }
        }
        self.tokens = tokens
    }

    private static let number = "(outlet)"

    /// Whether it finds a number.
    var findsNumber: Bool { tokens.contains(.number) }

    /// What a match found.
    enum Match: Sendable, Equatable {
        case plain
        case number(Int)
    }

    /// Compares with a whole text; nothing when it does not match.
    func match(_ candidate: String) -> Match? {
        // A name from a device that is longer than any real one would only cost time.
        guard candidate.utf8.count <= 512 else { return nil }
        return Self.match(tokens[...], Array(candidate.lowercased())[...], .plain)
    }

    private static func match(_ tokens: ArraySlice<Token>, _ text: ArraySlice<Character>, _ found: Match) -> Match? {
        var tokens = tokens
        var text = text
        while let token = tokens.first {
            tokens = tokens.dropFirst()
            switch token {
            case .literal(let character):
                guard text.first == character else { return nil }
                text = text.dropFirst()
            case .number:
                let digits = text.prefix { ("0"..."9").contains($0) }
                guard (1...6).contains(digits.count), let number = Int(String(digits)) else { return nil }
                return match(tokens, text.dropFirst(digits.count), .number(number))
            case .anything:
                for start in text.startIndex...text.endIndex {
                    if let match = match(tokens, text[start...], found) { return match }
                }
                return nil
            }
        }
        return text.isEmpty ? found : nil
    }
}
