import Power

/// A value in the file and where to complain about it.
struct Spot {
    let value: YAMLValue
    let path: String
    let context: ReadingContext

    func report(_ message: String) {
        context.report(message, path: path, at: value.location)
    }

    /// Complains that something else was expected. The value itself is not shown, as it may be a secret.
    func refuse(expecting expected: String, hint: String = "") {
        report("expected \(expected), found \(value.found)\(hint)")
    }

    /// The text with the environment's variables put in; nothing when it is not text, which is reported.
    func text(expecting expected: String) -> String? {
        guard value.kind == .text, let raw = value.scalar else {
            let isBare = value.kind == .number || value.kind == .boolean
            refuse(expecting: expected, hint: isBare ? "; put it in quotes" : "")
            return nil
        }
        return expand(raw)
    }

    /// A plain word or number, quoted or not, with the environment's variables put in.
    func word(expecting expected: String) -> String? {
        guard [.text, .number, .boolean].contains(value.kind), let raw = value.scalar else {
            refuse(expecting: expected)
            return nil
        }
        return expand(raw)
    }

    /// The entries by their keys, and a complaint about each key that is there a second time.
    func unique(_ entries: [YAMLValue.Entry]) -> [String: YAMLValue.Entry] {
        Dictionary(entries.map { ($0.key, $0) }) { first, second in
            context.report(
                "this key is \(context.words(for: first.location, seenFrom: second.location)) already",
                path: Self.path(path, second.key),
                at: second.location
            )
            return first
        }
    }

    /// The path of a key in a section.
    static func path(_ section: String, _ key: String) -> String {
        let component = Identifier.isValid(key) ? key : key.quoted
        return section.isEmpty ? component : "\(section).\(component)"
    }

    private func expand(_ raw: String) -> String? {
        do {
            return try Variables(environment: context.sources.environment).expand(raw)
        } catch {
            report(error.message)
            return nil
        }
    }

    /// What a file holds; nothing, and a report, when it cannot be read.
    func contents(of path: String, limit: Int) -> FileContents? {
        switch context.read(path, limit: limit) {
        case .success(let contents): return contents
        case .failure(let problem):
            report("cannot read \(path.quoted): \(problem.message)")
            return nil
        }
    }

    /// Warns of a file that holds a secret and is open to all.
    func warnIfPublic(_ contents: FileContents, _ file: String) {
        guard contents.isWorldReadable else { return }
        let message = "every user of this host may read \(file.quoted); use chmod 640"
        context.report(message, path: path, at: value.location, severity: .warning)
    }

    /// Advice for a value that would be right without its quotes.
    func quotesHint(_ kind: YAMLValue.Kind) -> String {
        guard case .scalar(let text, isPlain: false) = value.content else { return "" }
        let bare = YAMLValue(location: value.location, content: .scalar(text, isPlain: true))
        return bare.kind == kind ? "; leave out the quotes" : ""
    }

    /// What stands in the file, for messages about keys that hold no secret.
    var shown: String { (value.scalar ?? "").quoted }
}
