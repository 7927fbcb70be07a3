/// Reads the files that a configuration names.
public protocol ConfigurationFileReader: Sendable {
    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: an absolute path, or one relative to the process's folder.
    ///   - limit: the most bytes to read; a larger file is refused.
    /// - Throws: `FileProblem`.
    func read(_ path: String, limit: Int) throws(FileProblem) -> FileContents

    /// The names of what is in a folder, in any order; none where there is no such folder.
    ///
    /// - Throws: `FileProblem`.
    func names(in folder: String) throws(FileProblem) -> [String]
}

extension ConfigurationFileReader {
    /// No folders.
    public func names(in folder: String) throws(FileProblem) -> [String] { [] }
}

/// Files as they would be after a change that is not written yet.
public struct ChangedFileReader: ConfigurationFileReader {
    /// The files that are new or have another text, by the paths that the configuration names them by.
    public var changed: [String: FileContents]
    private let others = LocalFileReader()

    /// A reader of the host's files with these changes.
    public init(_ changed: [String: FileContents]) { self.changed = changed }

    /// Reads a file.
    public func read(_ path: String, limit: Int) throws(FileProblem) -> FileContents {
        if let contents = changed[path] { return contents }
        return try others.read(path, limit: limit)
    }

    /// The names of what would be in a folder.
    public func names(in folder: String) throws(FileProblem) -> [String] {
        let new = changed.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.utf8.count + 1)) }
        return Array(Set(try others.names(in: folder) + new.filter { !$0.contains("/") }))
    }
}
