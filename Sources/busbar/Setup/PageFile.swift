import AgentWeb

/// The text of the page's own file: PDUs that were added from the page, one entry after the other.
///
/// Nobody else writes it, so that it is changed by lines, and whoever looks at a difference sees the change alone.
struct PageFile: Equatable {
    /// Its name in the folder of the further files.
    static let name = "page.yaml"

    private static let head = [
        "# Written by the agent's page, which changes it again. What you write by hand belongs into a file beside it."
    ]
    private static let entryStart = "  - name: "

    /// An entry.
    struct Entry: Equatable {
        /// The PDU's name.
        var name: String
        /// Its lines, the one with the name first.
        var lines: [String]
    }

    /// The entries, in order.
    private(set) var entries: [Entry] = []

    /// A file without PDUs.
    init() {}

    /// Reads a text; nothing when it is not of the form that the page writes.
    init?(_ text: String) {
        var isInList = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            switch line {
            case _ where line.isEmpty || line.hasPrefix("#"): continue
            case "pdus:" where !isInList: isInList = true
            case _ where isInList && line.hasPrefix(Self.entryStart):
                let name = String(line.dropFirst(Self.entryStart.count))
                guard !name.contains(" "), !entries.contains(where: { $0.name == name }) else { return nil }
                entries.append(Entry(name: name, lines: [line]))
            case _ where !entries.isEmpty && line.hasPrefix("    "):
                entries[entries.count - 1].lines.append(line)
            default: return nil
            }
        }
    }

    /// The file's text.
    var text: String {
        let list = entries.isEmpty ? [] : ["pdus:"] + entries.flatMap(\.lines)
        return (Self.head + list).joined(separator: "\n") + "\n"
    }

    /// Adds the entry of a device.
    mutating func add(_ entry: String) {
        let lines = entry.split(separator: "\n").map(String.init)
        guard let first = lines.first else { return }
        entries.append(Entry(name: String(first.dropFirst(Self.entryStart.count)), lines: lines))
    }

    /// Removes the entry of a PDU.
    ///
    /// - Returns: whether it was there.
    mutating func remove(_ pdu: String) -> Bool {
        let before = entries.count
        entries.removeAll { $0.name == pdu }
        return entries.count < before
    }

    /// Names the outlets of a PDU anew.
    ///
    /// - Returns: whether it was there.
    mutating func name(_ pdu: String, labels: [Int: String], protected: Set<Int>) -> Bool {
        guard let index = entries.firstIndex(where: { $0.name == pdu }) else { return false }
        entries[index].lines = OutletLines.replaced(in: entries[index].lines, labels: labels, protected: protected)
        return true
    }
}

extension SetupPreview.Line {
    /// What changes from one text to another, with two lines before and after: all that is between the first line that
    /// differs and the last.
    static func difference(from old: String, to new: String) -> [SetupPreview.Line] {
        let (before, after) = (lines(of: old), lines(of: new))
        guard before != after else { return [] }
        let shortest = min(before.count, after.count)
        let start = (0..<shortest).first { before[$0] != after[$0] } ?? shortest
        let most = shortest - start
        let end = (0..<most).first { before[before.count - 1 - $0] != after[after.count - 1 - $0] } ?? most
        let context = 2
        return after[max(0, start - context)..<start].map { Self(.same, $0) }
            + before[start..<(before.count - end)].map { Self(.old, $0) }
            + after[start..<(after.count - end)].map { Self(.new, $0) }
            + after[(after.count - end)..<min(after.count, after.count - end + context)].map { Self(.same, $0) }
    }

    private static func lines(of text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
