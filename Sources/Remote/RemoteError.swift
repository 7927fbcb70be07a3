/// Why nothing, or not everything, could be done from the command line.
public struct RemoteError: Error, Sendable, Equatable {
    /// What kind of failure it is, as far as a script acts on it.
    public enum Code: Sendable, Hashable {
        /// A target could not be read.
        case badTarget
        /// There is nothing that the target names.
        case noSuchTarget
        /// The broker could not be reached, or does not let us in.
        case unreachable
        /// The broker's access control does not allow it.
        case notAllowed
        /// No agent is online at the broker.
        case noAgent
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened and what to do about it.
    public let message: String

    /// An error with its explanation.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension RemoteError: CustomStringConvertible {
    /// The message; the code is for programs.
    public var description: String { message }
}
