internal import Foundation

/// What opens a device's HTTP interface. Whatever prints it, prints no part of it.
public struct HTTPCredentials: Sendable, Hashable {
    /// The value of the `Authorization` field.
    let field: String

    /// A name and a password (RFC 7617).
    public static func basic(username: String, password: String) -> HTTPCredentials {
        HTTPCredentials(field: "Basic " + Data("\(username):\(password)".utf8).base64EncodedString())
    }

    /// A token (RFC 6750).
    public static func bearer(_ token: String) -> HTTPCredentials {
        HTTPCredentials(field: "Bearer " + token)
    }
}

extension HTTPCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is printed in its place.
    public var description: String { "<secret>" }
    /// What is printed in its place.
    public var debugDescription: String { description }
    /// Nothing: a mirror shows no part of it.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
