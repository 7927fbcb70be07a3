/// Why a file could not be read.
public struct FileProblem: Error, Sendable, Hashable {
    /// A phrase without the path, as `there is no such file`.
    public let message: String

    /// A problem.
    public init(_ message: String) {
        self.message = message
    }
}
