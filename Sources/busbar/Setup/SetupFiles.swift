import AgentConfiguration
import AgentWeb
import Foundation
@preconcurrency import Glibc

/// The text of a first configuration, without PDUs.
struct FirstConfiguration {
    /// Who writes it.
    var writer: String
    /// Where the agent keeps its state; nothing for the usual place.
    var stateDirectory: String?
    var broker: String
    var username: String?
    /// The path of the file with the user's password, as it stands in the text.
    var passwordFile: String?
    /// Where the page is served; nothing for no page.
    var listen: String?

    /// The text.
    var text: String {
        var lines = ["# Written by \(writer). The reference of all keys: docs/configuration.md, busbar.example.yaml."]
        if let stateDirectory { lines.append("agent: { state_directory: \(YAMLText.quoted(stateDirectory)) }") }
        lines += ["mqtt:", "  broker: \(YAMLText.quoted(broker))"]
        if let username { lines.append("  username: \(YAMLText.quoted(username))") }
        if let passwordFile { lines.append("  password_file: \(passwordFile)") }
        if let listen { lines.append("web: { listen: \(YAMLText.quoted(listen)) }") }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Writes the page's files: each whole or not at all, and all of them or none.
struct SetupFiles {
    /// The folder of the further files.
    let folder: String
    /// The page's own secrets.
    let secretsFolder: String

    /// Writes files, and secrets that only their owner may read. A file without text is removed.
    ///
    /// - Parameter previous: the file of which the text before is kept, and where.
    /// - Returns: undoes it.
    func write(
        _ files: [(path: String, old: String?, new: String)],
        secrets: [String: String],
        previous: (path: String, copy: String)?
    ) throws(SetupProblem) -> @Sendable () -> Void {
        var made: [String] = []
        var replaced: [(path: String, text: String)] = []
        do throws(ConfigurationDraft.Problem) {
            try makeFolder(Self.destination(of: folder), mode: 0o755)
            for (path, secret) in secrets.sorted(by: { $0.key < $1.key }) {
                try makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path, mode: 0o700)
                // One of this name is left from a PDU that was removed, or from a beginning that failed.
                unlink(path)
                try ConfigurationDraft.create(path, secret + "\n", mode: 0o600)
                made.append(path)
            }
            if let previous, let file = files.first(where: { $0.path == previous.path }) {
                if let before = try? String(contentsOfFile: previous.copy, encoding: .utf8) {
                    replaced.append((previous.copy, before))
                } else {
                    made.append(previous.copy)
                }
                try put(file.old ?? "", at: previous.copy)
            }
            for file in files {
                if let old = file.old, file.new.isEmpty {
                    // Taken back to before it was there.
                    replaced.append((file.path, old))
                    try remove(file.path)
                } else if let old = file.old {
                    replaced.append((file.path, old))
                    try put(file.new, at: file.path)
                } else {
                    // One that somebody made meanwhile is not touched.
                    try add(file.new, at: file.path)
                    made.append(file.path)
                }
            }
        } catch {
            restore(made, replaced)
            throw SetupProblem(.unwritable, "\(error)")
        }
        return { [made, replaced] in restore(made, replaced) }
    }

    /// The folder itself, or the one that a link leads to, also where that has to be made first.
    static func destination(of folder: String) -> String {
        guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: folder) else { return folder }
        let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        return link.hasPrefix("/") ? link : "\(parent)/\(link)"
    }

    /// Removes the page's secrets that none of these texts names.
    func removeSecrets(except texts: [String]) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: secretsFolder)) ?? [] {
            if !texts.contains(where: { $0.contains("/\(name)\"") }) { unlink("\(secretsFolder)/\(name)") }
        }
    }

    private func restore(_ made: [String], _ replaced: [(path: String, text: String)]) {
        for path in made { unlink(path) }
        for file in replaced { try? put(file.text, at: file.path) }
    }

    private func put(_ text: String, at path: String) throws(ConfigurationDraft.Problem) {
        // One is left where an earlier change was cut short.
        unlink(path + ".new")
        try ConfigurationDraft.put(text, at: path)
    }

    /// Makes a file, whole or not at all: a configuration of which half was written would keep the agent from starting, and a
    /// set-up from being begun again.
    private func add(_ text: String, at path: String) throws(ConfigurationDraft.Problem) {
        let new = path + ".new"
        unlink(new)
        try ConfigurationDraft.create(new, text, mode: 0o600)
        let isThere = link(new, path) == 0
        let code = errno
        unlink(new)
        if isThere { return }
        // Not every file system has links.
        if [EPERM, EOPNOTSUPP, ENOSYS].contains(code) {
            return try ConfigurationDraft.create(path, text, mode: 0o600)
        }
        throw ConfigurationDraft.Problem(description: "\(path) cannot be made: \(String(cString: strerror(code)))")
    }

    private func remove(_ path: String) throws(ConfigurationDraft.Problem) {
        guard unlink(path) != 0 else { return }
        let code = errno
        throw ConfigurationDraft.Problem(description: "\(path) cannot be removed: \(String(cString: strerror(code)))")
    }

    private func makeFolder(_ path: String, mode: mode_t) throws(ConfigurationDraft.Problem) {
        guard mkdir(path, mode) != 0, errno != EEXIST else { return }
        let code = errno
        throw ConfigurationDraft.Problem(description: "\(path) cannot be made: \(String(cString: strerror(code)))")
    }
}
