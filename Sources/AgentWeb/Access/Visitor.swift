/// Somebody who was let in.
struct Visitor: Sendable, Equatable {
    /// The name of the login; nothing for a token, or where nobody has to show anything.
    var name: String?
}
