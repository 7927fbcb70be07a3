import AgentConfiguration
import AgentWeb
import ArgumentParser
import Foundation
@preconcurrency import Glibc

/// The text of a configuration that is about to be written.
struct ConfigurationDraft {
    /// Why it cannot be.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Where it is to be, or is already.
    let path: String
    /// Its text.
    private(set) var text: String
    /// What it was before.
    private let original: String

    /// A draft.
    init(path: String, text: String) {
        self.path = path
        self.text = text
        original = text
    }

    /// The draft of an existing file, which has to be good.
    ///
    /// - Throws: the exit code for a bad configuration, after saying what is wrong with it.
    init(existing path: String) throws {
        // A link stays a link; what it points to is changed.
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        _ = try ConfigurationLoader(path: real).load(tellsWarnings: false)
        self.path = real
        text = try String(contentsOfFile: real, encoding: .utf8)
        original = text
    }

    /// Reads it as the agent would.
    ///
    /// - Parameter replacing: a text that is to be read as another one, for files that only the agent's unit sees.
    func check(replacing: (String, String)? = nil) throws(ConfigurationErrors) -> AgentConfiguration {
        var text = text
        if let (one, other) = replacing { text = text.replacing(one, with: other) }
        let files = ChangedFileReader([path: FileContents(bytes: Array(text.utf8))])
        return try ConfigurationLoader(path: path, files: files).read { _ in }
    }

    // MARK: - An entry more

    /// Adds an entry at the end of `pdus`.
    ///
    /// - Parameter entry: the lines of the entry, which begins with `  - `.
    mutating func add(_ entry: String) throws(Problem) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        guard let head = lines.firstIndex(where: { $0.hasPrefix("pdus:") }) else {
            throw Problem(description: "\(path) has no line that begins with pdus:")
        }
        guard Self.isBare(lines[head].dropFirst("pdus:".count)) else {
            throw Problem(description: "pdus: in \(path) is written on one line; paste the entry by hand")
        }
        // The list goes on until something stands on the left edge that is none of its elements.
        let end = lines[(head + 1)...].firstIndex { line in
            line.first.map { !" -#".contains($0) } ?? false
        }
        var last = (end ?? lines.count) - 1
        while last > head, Self.isBare(lines[last]) { last -= 1 }
        guard let first = lines[(head + 1)...].first(where: { !Self.isBare($0) }),
            first.drop(while: { $0 == " " }).hasPrefix("- ")
        else { throw Problem(description: "pdus: in \(path) is no list with dashes; paste the entry by hand") }
        let indent = String(repeating: " ", count: first.prefix { $0 == " " }.count)
        let new = entry.split(separator: "\n").map { line in
            indent + (line.hasPrefix("  ") ? line.dropFirst(2) : Substring(line))
        }
        lines.insert(contentsOf: new, at: last + 1)
        text = lines.joined(separator: "\n") + "\n"
    }

    /// What changes, with two lines before and after.
    var difference: String {
        let lines = SetupPreview.Line.difference(from: original, to: text).map { line in
            switch line.kind {
            case .same: " \(line.text)"
            case .new: TextStyle.good.paint("+\(line.text)")
            case .old: "-\(line.text)"
            }
        }
        return (["--- \(path)", "+++ \(path)"] + lines).joined(separator: "\n")
    }

    private static func isBare(_ text: some StringProtocol) -> Bool {
        let rest = text.drop { $0 == " " || $0 == "\t" }
        return rest.isEmpty || rest.hasPrefix("#")
    }

    // MARK: - Files

    /// Writes a new file; one that is there already is never touched.
    static func create(_ path: String, _ text: String, mode: mode_t) throws(Problem) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            let code = errno
            throw Problem(description: "\(path) cannot be made: \(String(cString: strerror(code)))")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
        } catch {
            unlink(path)
            throw Problem(description: "\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Puts the text in the file's place, whole or not at all; its owner and mode stay.
    func replace() throws(Problem) {
        guard let known = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = (known[.posixPermissions] as? NSNumber)?.uint32Value,
            let owner = (known[.ownerAccountID] as? NSNumber)?.uint32Value,
            let group = (known[.groupOwnerAccountID] as? NSNumber)?.uint32Value
        else { throw Problem(description: "\(path) is not there any more") }
        try Self.put(text, at: path) { new in
            // Without the right to give a file away, whoever may write it owns it already.
            _ = chown(new, owner, group)
            return chmod(new, mode & 0o7777) == 0
        }
    }

    /// Puts a text at a path, whole or not at all, in a file that only its owner may read.
    ///
    /// - Parameter prepare: gives the new file what it is to have before it is there; whether that worked.
    static func put(
        _ text: String,
        at path: String,
        prepare: (_ new: String) -> Bool = { _ in true }
    ) throws(Problem) {
        let new = path + ".new"
        try create(new, text, mode: 0o600)
        guard prepare(new), rename(new, path) == 0 else {
            let code = errno
            unlink(new)
            throw Problem(description: "\(path) cannot be replaced: \(String(cString: strerror(code)))")
        }
    }
}
