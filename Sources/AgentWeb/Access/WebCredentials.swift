import Foundation

/// What a client has to show. Whatever prints it, prints none of it.
public struct WebCredentials: Sendable {
    private let token: [UInt8]?
    private let login: [UInt8]?
    /// Whether nothing has to be shown.
    public let isEmpty: Bool
    /// Whether people can log in with a name and a password.
    public let hasLogin: Bool

    /// Credentials; without any, everybody is let in.
    ///
    /// - Parameters:
    ///   - token: the bearer token.
    ///   - login: the name and the password of HTTP's basic authentication.
    public init(token: String? = nil, login: (username: String, password: String)? = nil) {
        self.token = token.map { Array($0.utf8) }
        self.login = login.map { Array("\($0.username):\($0.password)".utf8) }
        isEmpty = token == nil && login == nil
        hasLogin = login != nil
    }

    /// Whom a client's `Authorization` header lets in.
    ///
    /// - Returns: nothing when it lets nobody in; otherwise the name of the person, where there is one.
    func admit(_ authorization: String?) -> Visitor? {
        if isEmpty { return Visitor(name: nil) }
        guard let authorization, let space = authorization.firstIndex(of: " ") else { return nil }
        let value = authorization[authorization.index(after: space)...].drop { $0 == " " }
        switch authorization[..<space].lowercased() {
        case "bearer":
            guard let token, Self.areEqual(token, Array(value.utf8)) else { return nil }
            return Visitor(name: nil, way: .credentials)
        case "basic":
            guard let login, let shown = Data(base64Encoded: String(value)), Self.areEqual(login, Array(shown)) else {
                return nil
            }
            let name = String(decoding: login.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
            return Visitor(name: name, way: .credentials)
        default: return nil
        }
    }

    /// Compares without telling by the time it takes how much of the guess was right.
    static func areEqual(_ secret: [UInt8], _ guess: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return guess.isEmpty }
        var difference = secret.count ^ guess.count
        for (place, byte) in guess.enumerated() { difference |= Int(byte ^ secret[place % secret.count]) }
        return difference == 0
    }
}

extension WebCredentials: CustomStringConvertible, CustomReflectable {
    /// What is printed in their place.
    public var description: String { "<credentials>" }
    /// Nothing: a mirror shows no part of them.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
