import Foundation
import Remote

/// Reads `powerman.conf`: devices, the nodes on their plugs, and aliases.
enum PowermanImport {
    /// Device types that speak SNMP here too, by what their names begin with.
    private static let types: [(prefix: String, model: String)] = [
        ("apc-snmp", "apc-masterswitch"), ("apc", "auto"), ("baytech", "baytech"), ("cyclades", "auto"),
        ("eaton", "auto"),
        ("raritan", "raritan-px2"), ("sentry", "servertech-sentry3"), ("wti", "wti-power"), ("swpdu", "auto"),
        ("digipower", "digipower"), ("hpmp", ""), ("icebox", ""),
    ]

    static func read(_ text: String, into imported: inout ImportedConfiguration) {
        var devices: [String: String] = [:]
        var outlets: [String: String] = [:]
        var aliases: [(name: String, nodes: [String], line: Int)] = []
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = index + 1
            let words = words(of: String(raw))
            guard let keyword = words.first else { continue }
            switch keyword {
            case "device":
                guard words.count >= 4 else { imported.note(line, "device needs a name, a type and a place"); continue }
                if let name = device(words, line, &imported) { devices[words[1]] = name }
            case "node":
                guard words.count >= 3 else { imported.note(line, "node needs a name and a device"); continue }
                node(words, line, devices, &outlets, &imported)
            case "alias":
                guard words.count >= 3 else { imported.note(line, "alias needs a name and nodes"); continue }
                aliases.append((words[1], names(words[2]), line))
            case "include": continue
            default: imported.note(line, "\(keyword) has no counterpart")
            }
        }
        for alias in aliases {
            let members = alias.nodes.compactMap { outlets[$0] }
            for node in alias.nodes where outlets[node] == nil {
                imported.note(alias.line, "alias \(alias.name): \(node) is not carried over")
            }
            let name = String(
                alias.name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) ? $0 : "-" }
            )
            if !members.isEmpty { imported.groups.append((name, members)) }
        }
    }

    private static func device(_ words: [String], _ line: Int, _ imported: inout ImportedConfiguration) -> String? {
        let (name, type, place) = (words[1], words[2], words[3])
        guard let known = types.first(where: { type.hasPrefix($0.prefix) }), !known.model.isEmpty else {
            imported.note(
                line,
                "\(name) is not carried over: type \(type) is no PDU known here; driver: command may do it"
            )
            return nil
        }
        let host: String
        if place.hasSuffix("|&") {
            let parts = place.split(separator: " ").map(String.init)
            guard let option = parts.firstIndex(where: { $0 == "-h" || $0 == "--hostname" }), option + 1 < parts.count
            else {
                imported.note(line, "\(name) is not carried over: it is reached by a program, \(place)")
                return nil
            }
            host = parts[option + 1]
        } else if place.hasPrefix("/") {
            imported.note(line, "\(name) is not carried over: it is on a serial line, \(place)")
            return nil
        } else {
            host = String(place.split(separator: ":").first ?? "")
            imported.note(line, "\(name) was driven by telnet: enable SNMP at it and give its community")
        }
        let lines = ImportedConfiguration.snmp(
            host,
            model: known.model,
            community: type == "apc-snmp" ? "private" : nil
        )
        return imported.add(name, lines, at: line)
    }

    private static func node(
        _ words: [String],
        _ line: Int,
        _ devices: [String: String],
        _ outlets: inout [String: String],
        _ imported: inout ImportedConfiguration
    ) {
        guard let pdu = devices[words[2]] else {
            return imported.note(line, "node \(words[1]) is not carried over, as its device \(words[2]) is not")
        }
        let nodes = names(words[1])
        let plugs = words.count > 3 ? names(words[3]) : nodes
        guard nodes.count == plugs.count else {
            return imported.note(line, "node \(words[1]): \(nodes.count) nodes on \(plugs.count) plugs")
        }
        for (node, plug) in zip(nodes, plugs) {
            guard let number = Int(plug), (1...999).contains(number) else {
                imported.note(line, "node \(node) is not carried over: plug \(plug) is no number")
                continue
            }
            imported.label(pdu, number, node)
            outlets[node] = "\(pdu)/\(number)"
        }
    }

    /// The names that a list of hosts spells out: `a[0-3],b`.
    static func names(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts.filter { !$0.isEmpty }.flatMap { part in (try? NamePattern(part))?.names ?? [part] }
    }

    /// The words of a line, those in quotes whole, without its comment.
    static func words(of line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var hasWord = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
                hasWord = true
            } else if !isQuoted, character == "#" {
                break
            } else if !isQuoted, character.isWhitespace {
                if hasWord { words.append(word) }
                word = ""
                hasWord = false
            } else {
                word.append(character)
                hasWord = true
            }
        }
        if hasWord { words.append(word) }
        return words
    }
}
