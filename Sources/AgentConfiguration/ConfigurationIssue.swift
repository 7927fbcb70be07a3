/// One thing that is wrong, or unwise, in a configuration file.
public struct ConfigurationIssue: Sendable, Hashable {
    /// Whether the agent starts all the same.
    public enum Severity: Sendable, Hashable {
        /// The configuration is not used.
        case error
        /// The configuration is used.
        case warning
    }

    /// Whether the agent starts all the same.
    public let severity: Severity
    /// The file as it was named to the loader.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column in characters, from 1.
    public let column: Int
    /// The key, as `pdus[2].outlets.4.label`; empty when it is about the file as a whole.
    public let keyPath: String
    /// What is wrong and what would be right; never holds a secret.
    public let message: String
}

extension ConfigurationIssue: CustomStringConvertible {
    /// One line, as compilers print it: `busbar.yaml:12:5: pdus[2].version: …`.
    public var description: String {
        "\(file):\(line):\(column): \(severity == .warning ? "warning: " : "")\(keyPath.isEmpty ? "" : "\(keyPath): ")"
            + message
    }
}
