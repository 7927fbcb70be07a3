/// Why a local service could not be started or used.
public struct LocalServicesError: Error, Sendable, Equatable {
    /// What kind of failure it is.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// An executable is not on this machine.
        case missingExecutable
        /// The operating system refused a file, a directory, a port or a process.
        case system
        /// The service ended by itself; the message has its last words.
        case exited
        /// The service did not get ready in time; the message has its last words.
        case notReady
        /// The configuration makes no sense.
        case badConfiguration
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened and what to do about it; never holds a secret.
    public let message: String

    /// An error with its explanation.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A failed call into the operating system.
    static func system(_ what: String, _ number: Int32) -> LocalServicesError {
        LocalServicesError(.system, "\(what): \(errorText(number))")
    }
}

extension LocalServicesError: CustomStringConvertible {
    /// The message; the code is for programs.
    public var description: String { message }
}
