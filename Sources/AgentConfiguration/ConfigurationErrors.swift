/// Everything that is wrong in a configuration file.
public struct ConfigurationErrors: Error, Sendable, Equatable {
    /// The errors, and the warnings found on the way, by line and column; at least one error.
    public let issues: [ConfigurationIssue]
}

extension ConfigurationErrors: CustomStringConvertible {
    /// One line for each.
    public var description: String { issues.map(\.description).joined(separator: "\n") }
}
