/// A password or the like. Whatever prints it, prints something else.
public struct Secret: Sendable, Equatable {
    private let content: String

    /// Hides a text.
    public init(_ content: String) {
        self.content = content
    }

    /// The text itself, for the one who sends it to the device or broker it is for.
    public func reveal() -> String { content }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is printed in its place.
    public var description: String { "<secret>" }
    /// What is printed in its place.
    public var debugDescription: String { description }
    /// Nothing: a mirror shows no part of it.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
