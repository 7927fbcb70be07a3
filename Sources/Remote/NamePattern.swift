/// A pattern for names: text, `*` for anything, `?` for one character, and `[1-4]`, `[01-12]` or `[a,b]` for one of these.
public struct NamePattern: Sendable, Equatable {
    enum Piece: Sendable, Equatable {
        case text(String)
        case anything
        case oneCharacter
        case choice([String])
    }

    /// How many names a pattern may spell out.
    static let maximumNames = 10_000

    let pieces: [Piece]

    /// Reads a pattern.
    ///
    /// - Throws: `badTarget` saying what is wrong.
    public init(_ text: some StringProtocol) throws(RemoteError) {
        var pieces: [Piece] = []
        var rest = Substring(text)
        while let first = rest.first {
            switch first {
            case "*":
                pieces.append(.anything)
                rest.removeFirst()
            case "?":
                pieces.append(.oneCharacter)
                rest.removeFirst()
            case "[":
                guard let end = rest.firstIndex(of: "]") else {
                    throw RemoteError(.badTarget, "'\(text)' lacks a closing ]")
                }
                let inner = rest[rest.index(after: rest.startIndex)..<end]
                pieces.append(.choice(try Self.choices(inner, of: String(text))))
                rest = rest[rest.index(after: end)...]
            default:
                let plain = rest.prefix { !"*?[".contains($0) }
                pieces.append(.text(String(plain)))
                rest = rest.dropFirst(plain.count)
            }
        }
        self.pieces = pieces
    }

    private static func choices(_ text: Substring, of whole: String) throws(RemoteError) -> [String] {
        var choices: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            if ends.count == 2, let from = number(ends[0]), let to = number(ends[1]) {
                guard from <= to, to - from < maximumNames else {
                    throw RemoteError(.badTarget, "'\(whole)': the range \(part) is backwards or too long")
                }
                // rack[01-12] counts with the zeros that people write.
                let width = ends[0].hasPrefix("0") ? ends[0].count : 1
                choices += (from...to).map { number in
                    let digits = String(number)
                    return String(repeating: "0", count: max(0, width - digits.count)) + digits
                }
            } else if !part.isEmpty {
                choices.append(String(part))
            } else {
                throw RemoteError(.badTarget, "'\(whole)' has an empty choice in [\(text)]")
            }
        }
        return choices
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...9).contains(text.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    /// The names that the pattern spells out; nothing when only a look at what there is can tell.
    public var names: [String]? {
        var names = [""]
        for piece in pieces {
            switch piece {
            case .text(let text): names = names.map { $0 + text }
            case .choice(let choices):
                guard names.count * choices.count <= Self.maximumNames else { return nil }
                names = names.flatMap { name in choices.map { name + $0 } }
            case .anything, .oneCharacter: return nil
            }
        }
        return names
    }

    /// Whether a name fits.
    public func matches(_ name: String) -> Bool {
        Self.match(pieces[...], Substring(name))
    }

    private static func match(_ pieces: ArraySlice<Piece>, _ name: Substring) -> Bool {
        guard let piece = pieces.first else { return name.isEmpty }
        let rest = pieces.dropFirst()
        switch piece {
        case .text(let text): return name.hasPrefix(text) && match(rest, name.dropFirst(text.count))
        case .choice(let choices):
            return choices.contains { name.hasPrefix($0) && match(rest, name.dropFirst($0.count)) }
        case .oneCharacter: return !name.isEmpty && match(rest, name.dropFirst())
        case .anything:
            if rest.isEmpty { return true }
            return name.indices.contains { match(rest, name[$0...]) } || match(rest, name[name.endIndex...])
        }
    }
}
