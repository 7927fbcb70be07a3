import AgentConfiguration

/// Files that are not there: what a test names, and nothing else unless it asks for it.
struct Files: ConfigurationFileReader {
    var contents: [String: FileContents] = [:]
    /// What every other path holds; nothing for "no such file".
    var others: String?

    /// The beginning of paths that there are none of.
    var missing: String?

    func read(_ path: String, limit: Int) throws(FileProblem) -> FileContents {
        if let file = contents[path] { return file }
        guard let others, missing.map({ !path.hasPrefix($0) }) ?? true else {
            throw FileProblem("there is no such file")
        }
        return FileContents(bytes: Array(others.utf8))
    }
}
