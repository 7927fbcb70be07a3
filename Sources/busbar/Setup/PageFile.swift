import AgentWeb
import Power

/// The text of the page's own file: PDUs, loads, groups and users that were added from the page, one entry after the other.
///
/// Nobody else writes it, so that it is changed by lines, and whoever looks at a difference sees the change alone.
struct PageFile: Equatable {
    /// Its name in the folder of the further files.
    static let name = "page.yaml"

    private static let head = [
        "# Written by the agent's page, which changes it again. What you write by hand belongs into a file beside it."
    ]

    /// What is in it, in the order in which it is written.
    enum Section: String, CaseIterable {
        case pdus, loads, groups, users

        /// What people call one of them.
        var word: String {
            switch self {
            case .pdus: "PDU"
            case .loads: "load"
            case .groups: "group"
            case .users: "user"
            }
        }

        /// The name that an entry's first line gives it; nothing when the line is none.
        fileprivate func name(in line: String) -> String? {
            switch self {
            case .pdus: return line.hasPrefix("  - name: ") ? String(line.dropFirst("  - name: ".count)) : nil
            case .loads, .groups, .users:
                guard line.hasPrefix("  \""), line.hasSuffix("\":"), line.utf8.count > 5 else { return nil }
                return String(line.dropFirst(3).dropLast(2))
            }
        }
    }

    /// An entry.
    struct Entry: Equatable {
        /// The name of what it is.
        var name: String
        /// Its lines, the one with the name first.
        var lines: [String]

        /// Whether it has a key.
        func has(_ key: String) -> Bool { line(of: key) != nil }

        /// The line with a key.
        func line(of key: String) -> String? { lines.first { $0.hasPrefix("    \(key): ") } }

        /// The texts of a list behind a key.
        func texts(of key: String) -> [String] {
            (line(of: key) ?? "").split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .compactMap { $0.isMultiple(of: 2) ? nil : String($1) }
        }
    }

    private var sections: [Section: [Entry]] = [:]

    /// A file without entries.
    init() {}

    /// Reads a text; nothing when it is not of the form that the page writes.
    init?(_ text: String) {
        var section: Section?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasSuffix(":"), let new = Section(rawValue: String(line.dropLast())) {
                guard sections[new] == nil else { return nil }
                section = new
                sections[new] = []
                continue
            }
            guard let section else { return nil }
            let place = sections[section, default: []].count - 1
            if let name = section.name(in: line) {
                guard !name.contains(" "), !name.contains("\""), self[section, name] == nil else { return nil }
                sections[section]?.append(Entry(name: name, lines: [line]))
            } else if place >= 0, line.hasPrefix("    ") {
                sections[section]?[place].lines.append(line)
            } else {
                return nil
            }
        }
    }

    /// The entries of a section, in order.
    subscript(section: Section) -> [Entry] { sections[section] ?? [] }

    /// The entry of a name.
    subscript(section: Section, name: String) -> Entry? { self[section].first { $0.name == name } }

    /// The file's text.
    var text: String {
        let lines = Section.allCases.flatMap { section in
            self[section].isEmpty ? [] : ["\(section.rawValue):"] + self[section].flatMap(\.lines)
        }
        return (Self.head + lines).joined(separator: "\n") + "\n"
    }

    /// Adds the entry of a device.
    mutating func add(_ entry: String) {
        let lines = entry.split(separator: "\n").map(String.init)
        guard let first = lines.first, let name = Section.pdus.name(in: first) else { return }
        sections[.pdus, default: []].append(Entry(name: name, lines: lines))
    }

    /// Puts an entry at the place of the one that has the name `old`, or at the end.
    ///
    /// - Parameter lines: its keys, without the line of its name.
    mutating func put(_ name: String, after old: String?, in section: Section, lines: [String]) {
        let entry = Entry(name: name, lines: ["  \"\(name)\":"] + lines.map { "    " + $0 })
        if let place = self[section].firstIndex(where: { $0.name == old }) {
            sections[section]?[place] = entry
        } else {
            sections[section, default: []].append(entry)
        }
    }

    /// Removes the entry of a name.
    ///
    /// - Returns: whether it was there.
    mutating func remove(_ name: String, from section: Section) -> Bool {
        guard let place = self[section].firstIndex(where: { $0.name == name }) else { return false }
        sections[section]?.remove(at: place)
        return true
    }

    /// Writes a new name of a load or a group wherever other entries of this file name it.
    mutating func rename(_ old: String, to new: String, in section: Section) {
        let prefix = section.word + ":"
        rename("\(prefix)\(old)", to: "\(prefix)\(new)", behind: "outlets", in: .groups)
        rename("\(prefix)\(old)", to: "\(prefix)\(new)", behind: "scope", in: .users)
        if section == .loads { rename(old, to: new, behind: "requires", in: .loads) }
    }

    private mutating func rename(_ old: String, to new: String, behind key: String, in section: Section) {
        for (place, entry) in self[section].enumerated() {
            let lines = entry.lines.map { line in
                line.hasPrefix("    \(key): ") ? line.replacing("\"\(old)\"", with: "\"\(new)\"") : line
            }
            sections[section]?[place].lines = lines
        }
    }

    /// Names the outlets of a PDU anew.
    ///
    /// - Returns: whether it was there.
    mutating func name(_ pdu: String, labels: [Int: String], protected: Set<Int>) -> Bool {
        guard let place = self[.pdus].firstIndex(where: { $0.name == pdu }) else { return false }
        let lines = OutletLines.replaced(in: self[.pdus][place].lines, labels: labels, protected: protected)
        sections[.pdus]?[place].lines = lines
        return true
    }

    /// Lists outlets that feed loads, where the entry of their PDU lists outlets: it has to list those too.
    mutating func list(_ feeds: [OutletID]) {
        for (place, entry) in self[.pdus].enumerated() {
            let numbers = feeds.filter { $0.pdu.rawValue == entry.name }.map(\.outlet.rawValue)
            sections[.pdus]?[place].lines = OutletLines.listing(numbers, in: entry.lines)
        }
    }
}

extension SetupPreview.Line {
    /// How many lines are compared at most, one with the other. What is larger is told as one piece.
    private static let mostCompared = 4_000_000

    /// What changes from one text to another, with two lines before and after each change.
    static func difference(from old: String, to new: String) -> [SetupPreview.Line] {
        let (before, after) = (lines(of: old), lines(of: new))
        let shortest = min(before.count, after.count)
        let start = (0..<shortest).first { before[$0] != after[$0] } ?? shortest
        let most = shortest - start
        let end = (0..<most).first { before[before.count - 1 - $0] != after[after.count - 1 - $0] } ?? most
        let middle = changes(from: before[start..<(before.count - end)], to: after[start..<(after.count - end)])
        let all =
            after[..<start].map { Self(.same, $0) } + middle + after[(after.count - end)...].map { Self(.same, $0) }
        return withContext(all, of: 2).map { Self($0.kind, withoutHashes($0.text)) }
    }

    private static func changes(from before: ArraySlice<String>, to after: ArraySlice<String>) -> [SetupPreview.Line] {
        guard before.count * after.count <= mostCompared else {
            return before.map { Self(.old, $0) } + after.map { Self(.new, $0) }
        }
        var (removed, inserted): (Set<Int>, Set<Int>) = ([], [])
        for change in Array(after).difference(from: Array(before)) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var (lines, left, right): ([Self], Int, Int) = ([], 0, 0)
        while left < before.count || right < after.count {
            if removed.contains(left) {
                lines.append(Self(.old, before[before.startIndex + left]))
                left += 1
            } else if inserted.contains(right) {
                lines.append(Self(.new, after[after.startIndex + right]))
                right += 1
            } else {
                lines.append(Self(.same, after[after.startIndex + right]))
                (left, right) = (left + 1, right + 1)
            }
        }
        return lines
    }

    /// The changes with some lines around them, and a line that stands for those left out between two.
    private static func withContext(_ all: [SetupPreview.Line], of context: Int) -> [SetupPreview.Line] {
        var shown: [Int] = []
        for (place, line) in all.enumerated() where line.kind != .same {
            let first = max(place - context, (shown.last ?? -1) + 1)
            let last = min(place + context, all.count - 1)
            if first <= last { shown += first...last }
        }
        var lines: [Self] = []
        for (number, place) in shown.enumerated() {
            if number > 0, shown[number - 1] < place - 1 { lines.append(Self(.same, "…")) }
            lines.append(all[place])
        }
        return lines
    }

    /// A line in which hashes of passwords and tokens are cut, so that nobody copies them from a screen.
    private static func withoutHashes(_ line: String) -> String {
        line.replacing(/(\$scrypt\$[^$"]*\$[^"]{4})[^"]*/) { "\($0.output.1)…" }
            .replacing(/(sha256:[0-9a-f]{8})[0-9a-f]*/) { "\($0.output.1)…" }
    }

    private static func lines(of text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
