import Foundation

/// A page of Markdown, as far as its links and its blocks of code go.
struct MarkdownPage {
    struct Block {
        /// What stands behind the fence, such as `yaml`.
        var language: String
        /// The line of the fence, from 1.
        var line: Int
        var text: String
    }

    let path: String
    private(set) var blocks: [Block] = []
    /// The targets of links outside of code.
    private(set) var links: [String] = []
    /// What links to headings of this page are made of.
    private(set) var anchors: Set<String> = []

    init(_ path: String) throws {
        self.path = path
        var open: Block?
        for (index, line) in try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(block)
                    open = nil
                } else {
                    open = Block(language: String(line.dropFirst(3)), line: index + 1, text: "")
                }
            } else if open != nil {
                open?.text += line + "\n"
            } else {
                if line.hasPrefix("#") { anchors.insert(Self.anchor(of: line.drop { $0 == "#" })) }
                links += line.matches(of: /\]\(([^)\s]+)\)/).map { String($0.output.1) }
            }
        }
    }

    /// Where a relative link leads: a path of the repository and a heading, each of which may be missing.
    func destination(of link: String) -> (path: String, anchor: String?) {
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let anchor = parts.count > 1 ? String(parts[1]) : nil
        guard !parts[0].isEmpty else { return (path, anchor) }
        let folder = Repository.root.appendingPathComponent(path).deletingLastPathComponent()
        let target = folder.appendingPathComponent(String(parts[0])).standardizedFileURL.path
        return (String(target.dropFirst(Repository.root.path.count + 1)), anchor)
    }

    /// A heading as code forges make an anchor of it: lower case, hyphens for spaces, no other punctuation.
    private static func anchor(of heading: Substring) -> String {
        String(
            heading.trimmingCharacters(in: .whitespaces).lowercased().compactMap { character -> Character? in
                if character == " " { return "-" }
                return character.isLetter || character.isNumber || character == "-" || character == "_"
                    ? character : nil
            }
        )
    }
}
