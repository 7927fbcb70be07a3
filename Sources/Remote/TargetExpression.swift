public import Power

/// What a command is for, as people write it: `bench/1`, `rack[1-4]/[1-8]`, `bench/*`, `@rack-a`, `load:server1`, or an
/// outlet's label.
public enum TargetExpression: Sendable, Equatable {
    /// Outlets of PDUs.
    case outlets(NamePattern, OutletSelection)
    /// A group of the agent's configuration.
    case group(String)
    /// A load of the agent's configuration.
    case load(String)
    /// The outlets with this label, which may hold `*` and `?`.
    case label(String)

    /// Reads a target.
    ///
    /// - Throws: `badTarget` saying what is wrong.
    public init(_ text: String) throws(RemoteError) {
        guard !text.isEmpty else { throw RemoteError(.badTarget, "an empty target names nothing") }
        if text.hasPrefix("@") {
            let name = text.dropFirst()
            guard Identifier.isValid(name) else {
                throw RemoteError(.badTarget, "'\(text)' is not a group's name, 1 to 64 of A-Z a-z 0-9 _ -")
            }
            self = .group(String(name))
            return
        }
        if text.hasPrefix("load:") {
            let name = text.dropFirst("load:".count)
            guard Identifier.isValid(name) else {
                throw RemoteError(.badTarget, "'\(text)' is not a load's name, 1 to 64 of A-Z a-z 0-9 _ -")
            }
            self = .load(String(name))
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        // A label may hold a slash and anything else, so only what looks like a PDU and its outlets is taken as that.
        if parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy(Self.isPatternCharacter),
            parts[1].first.map({ "*[0123456789a".contains($0) }) ?? false, parts[1].allSatisfy(Self.isPatternCharacter)
        {
            self = .outlets(try NamePattern(parts[0]), try OutletSelection(parts[1]))
            return
        }
        self = .label(text)
    }

    private static func isPatternCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_-*?[],".contains(character))
    }

    /// The PDUs that the target spells out; nothing when only a look at what there is can tell.
    public var pdus: [PDUName]? {
        switch self {
        case .outlets(let pattern, _): pattern.names?.compactMap { PDUName($0) }
        case .group, .load: []
        case .label: nil
        }
    }
}

extension TargetExpression: CustomStringConvertible {
    /// A short form for messages.
    public var description: String {
        switch self {
        case .outlets(let pattern, let selection): "\(pattern)/\(selection)"
        case .group(let name): "@\(name)"
        case .load(let name): "load:\(name)"
        case .label(let text): text
        }
    }
}

extension NamePattern: CustomStringConvertible {
    /// As it is written.
    public var description: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .anything: "*"
            case .oneCharacter: "?"
            case .choice(let choices): "[\(choices.joined(separator: ","))]"
            }
        }.joined()
    }
}

extension OutletSelection: CustomStringConvertible {
    /// As it is written.
    public var description: String {
        switch self {
        case .all: "*"
        case .numbers(let numbers): numbers.map(\.description).joined(separator: ",")
        }
    }
}
