/// Why a payload is not a command.
public struct BadPayload: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, in words for the sender.
    public let description: String
    /// The command's id, where it could be read, so that its sender finds the answer.
    public var id: String?

    /// An explanation for the sender.
    public init(_ description: String, id: String? = nil) {
        self.description = description
        self.id = id
    }
}
