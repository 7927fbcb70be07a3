import Power

/// A mapping of the file, read by the keys of its table.
struct Section {
    let context: ReadingContext
    let path: String
    /// The key the section stands behind.
    let name: String
    let location: SourceLocation
    private let table: KeyTable
    private let entries: [String: YAMLValue.Entry]

    /// Reports keys that the table does not have; nothing, and a report, for what is not a mapping.
    init?(_ spot: Spot, _ table: KeyTable, name: String = "") {
        let list: [YAMLValue.Entry]
        switch spot.value.content {
        case .mapping(let entries): list = entries
        case .scalar where spot.value.kind == .nothing: list = []
        default:
            spot.refuse(expecting: "keys with values")
            return nil
        }
        self.context = spot.context
        self.path = spot.path
        self.name = name
        self.location = spot.value.location
        self.table = table
        self.entries = spot.unique(list)
        for entry in list where !table.names.contains(entry.key) { reportUnknown(entry) }
    }

    /// The value of a key, or what holds without it; nothing when it is wrong, which is reported, or absent.
    subscript<Value>(key: Key<Value>) -> Value? {
        assert(table.names.contains(key.name), "the table \(table.name) has no key \(key.name)")
        if let entry = entries[key.name] { return key.form.read(spot(entry)) }
        switch key.absence {
        case .value(let value): return value
        case .optional: return nil
        case .empty:
            let nothing = YAMLValue(location: location, content: .scalar("", isPlain: true))
            return key.form.read(Spot(value: nothing, path: path(to: key.name), context: context))
        case .required:
            context.report(key.requirement, path: path(to: key.name), at: location)
            return nil
        }
    }

    /// The value of a key that is there; nothing, unlike by subscript, when it is not.
    func given<Value>(_ key: Key<Value>) -> Value? {
        has(key.name) ? self[key] : nil
    }

    func has(_ name: String) -> Bool { entries[name] != nil }

    func has(_ secret: SecretKey) -> Bool { has(secret.name) || has(secret.fileName) }

    /// The keys of the mapping behind a key, be its values right or wrong.
    func keys(of name: String) -> [String] {
        guard case .mapping(let entries)? = entries[name]?.value.content else { return [] }
        return entries.map(\.key)
    }

    /// Complains about a key that is there, or, when it is not, about the section.
    func report(_ name: String, _ message: String, severity: ConfigurationIssue.Severity = .error) {
        context.report(message, path: path(to: name), at: entries[name]?.location ?? location, severity: severity)
    }

    /// The secret of a key, of its variable or of its file.
    func secret(_ key: SecretKey) -> Secret? {
        switch (entries[key.name], entries[key.fileName]) {
        case (nil, nil):
            if key.isRequired { report(key.name, "this key is required: give \(key.name) or \(key.fileName)") }
            return nil
        case (_?, let file?):
            context.report(
                "there is \(key.name) too; give one of them",
                path: path(to: key.fileName),
                at: file.location
            )
            return nil
        case (let entry?, nil): return SecretReader(key: key, spot: spot(entry)).readInline()
        case (nil, let entry?): return SecretReader(key: key, spot: spot(entry)).readFile()
        }
    }

    private func spot(_ entry: YAMLValue.Entry) -> Spot {
        Spot(value: entry.value, path: path(to: entry.key), context: context)
    }

    private func path(to name: String) -> String { Spot.path(path, name) }

    private func reportUnknown(_ entry: YAMLValue.Entry) {
        let message: String
        if let advice = table.refusals[entry.key] {
            message = advice
        } else {
            let known = table.entries.map(\.name)
            let nearest = Suggestion.phrase(for: entry.key, among: known)
            message = "unknown key\(nearest.isEmpty ? "; there are \(known.joined(separator: ", "))" : nearest)"
        }
        context.report(message, path: path(to: entry.key), at: entry.location)
    }
}
