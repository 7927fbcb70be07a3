/// Reads the files that a configuration names.
public protocol ConfigurationFileReader: Sendable {
    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: an absolute path, or one relative to the process's folder.
    ///   - limit: the most bytes to read; a larger file is refused.
    /// - Throws: `FileProblem`.
    func read(_ path: String, limit: Int) throws(FileProblem) -> FileContents
}
