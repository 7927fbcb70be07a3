/// A password that does not show itself in logs, errors or dumps.
public struct MQTTPassword: Sendable, Hashable {
    let text: String

    /// A password.
    public init(_ text: String) { self.text = text }
}

extension MQTTPassword: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same for all passwords.
    public var description: String { "<password>" }
    /// The same for all passwords.
    public var debugDescription: String { description }
    /// Empty.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
