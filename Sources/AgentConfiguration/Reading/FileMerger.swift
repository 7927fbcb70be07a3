/// Puts the keys of the main file and of those of `conf.d` together, each value with the place that it came from.
struct FileMerger {
    /// The keys that every file may add to. All others stand in one file only.
    private static let shared: Set<String> = [
        RootKeys.pdus.name, RootKeys.groups.name, RootKeys.loads.name, RootKeys.users.name, RootKeys.circuits.name,
    ]

    let context: ReadingContext
    /// What was added so far; nothing where no file had anything.
    private(set) var merged: YAMLValue?

    init(context: ReadingContext) {
        self.context = context
    }

    /// Adds the keys of a file. What is no mapping stays as it is where it is the only thing, and is complained about by the
    /// keys' own rules.
    mutating func add(_ value: YAMLValue) {
        guard let first = merged else {
            merged = value
            return
        }
        guard case .mapping(var known) = first.content, case .mapping(let new) = value.content else {
            let other: YAMLValue = if case .mapping = value.content { first } else { value }
            Spot(value: other, path: "", context: context).refuse(expecting: "keys with values")
            return
        }
        // A key that is twice in one file is told by the section.
        let before = known.indices
        for entry in new {
            let place = known[before].firstIndex { $0.key == entry.key }
            guard let place else {
                known.append(entry)
                continue
            }
            if let both = Self.joined(known[place].value, entry) {
                known[place].value.content = both
            } else {
                refuse(entry, after: known[place])
            }
        }
        merged?.content = .mapping(known)
    }

    private static func joined(_ first: YAMLValue, _ second: YAMLValue.Entry) -> YAMLValue.Content? {
        guard shared.contains(second.key) else { return nil }
        // A key that nothing stands behind yet leaves all to the others.
        if first.kind == .nothing { return second.value.content }
        if second.value.kind == .nothing { return first.content }
        switch (first.content, second.value.content) {
        case (.list(let some), .list(let others)): return .list(some + others)
        case (.mapping(let some), .mapping(let others)): return .mapping(some + others)
        default: return nil
        }
    }

    private func refuse(_ entry: YAMLValue.Entry, after first: YAMLValue.Entry) {
        let path = Spot.path("", entry.key)
        let place = context.words(for: first.location, seenFrom: entry.location)
        guard Self.shared.contains(entry.key) else {
            context.report(
                "this key is \(place) already, and may stand in one file only",
                path: path,
                at: entry.location
            )
            return
        }
        context.report(
            "expected \(first.value.found) as \(place), found \(entry.value.found)",
            path: path,
            at: entry.value.location
        )
    }
}
