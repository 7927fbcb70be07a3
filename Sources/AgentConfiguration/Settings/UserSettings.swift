public import Credentials
import Power

/// Somebody who may do something.
public struct UserSettings: Sendable, Equatable {
    /// What somebody may do at most; each role may what those before it may.
    public enum Role: String, Sendable, Hashable, CaseIterable, Comparable {
        /// Read the metrics.
        case metrics
        /// See what is in the scope.
        case view
        /// Switch what is in the scope.
        case operate
        /// See and switch everything.
        case admin

        /// In the order of what they may.
        public static func < (left: Self, right: Self) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    /// `role`.
    public var role: Role
    /// `scope`, piece by piece as it is written; at least one.
    public var scope: [String]
    /// `force`.
    public var mayForce: Bool
    /// `password_hash`.
    public var passwordHash: PasswordHash?
    /// `token_hash`.
    public var tokenHashes: [TokenHash]

    /// Whether the text can be a user's name.
    public static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { isLetter($0) || [UInt8]("_.@-".utf8).contains($0) }
    }

    /// Whether the text can be a piece of a scope.
    public static func isScope(_ text: String) -> Bool {
        if text == "*" { return true }
        for prefix in ["load:", "group:"] where text.hasPrefix(prefix) {
            return isPattern(text.dropFirst(prefix.count))
        }
        let levels = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let pdu = levels.first, levels.count <= 2, isPattern(pdu) else { return false }
        return levels.count == 1 || levels[1] == "*" || OutletNumber(topicLevel: levels[1]) != nil
    }

    private static func isPattern(_ text: Substring) -> Bool { Identifier.isValid(text.replacing("*", with: "x")) }

    static func isLetter(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-") && Identifier.isValid(String(UnicodeScalar(byte)))
    }
}

/// How a reverse proxy says who has logged in there.
public struct ProxyLoginSettings: Sendable, Equatable {
    /// `web.proxy_login.header`.
    public var header: String
    /// `web.proxy_login.default_role`; nothing where only users are let in.
    public var defaultRole: UserSettings.Role?
    /// `web.proxy_login.default_scope`.
    public var defaultScope: [String]
}
