/// A community or a passphrase: a text that no description, dump or log shows.
public struct SNMPSecret: Sendable, Hashable {
    /// The secret itself, for those who have to send it or derive a key from it.
    public let revealed: String

    /// A secret with the given text.
    public init(_ text: String) {
        revealed = text
    }
}

extension SNMPSecret: ExpressibleByStringLiteral {
    /// A secret known when the program is written, such as the community `public`.
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

extension SNMPSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the secret.
    public var description: String { "(secret)" }
    /// Never the secret.
    public var debugDescription: String { description }
    /// A mirror without children, so that `dump` does not show the secret either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
