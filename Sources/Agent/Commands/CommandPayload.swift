import Foundation
import Power

/// Reads the payload of a `set` topic: a bare word, or a JSON object with the keys of the command language.
public enum CommandPayload {
    /// The longest payload that is read, in bytes.
    public static let maximumSize = 16 * 1024

    /// What a payload says.
    public enum Content: Sendable, Equatable {
        /// A command.
        case command(Command)
        /// Nothing: the sender asks for the state.
        case empty
    }

    /// Reads a payload.
    ///
    /// - Parameter isForLoad: whether it is for a load, which takes one key more.
    /// - Throws: `BadPayload` with what is wrong, for the sender. The payload has no effect then.
    public static func read(_ bytes: [UInt8], isForLoad: Bool = true) throws(BadPayload) -> Content {
        guard bytes.count <= maximumSize else {
            throw BadPayload("the payload has \(bytes.count) bytes, \(maximumSize) are allowed")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BadPayload("the payload is not UTF-8")
        }
        if bytes.isEmpty { return .empty }
        let trimmed = text.drop(while: \.isWhitespace)
        if trimmed.first == "{" {
            let command = try CommandJSON.read(bytes)
            if command.withDependents != nil, !isForLoad {
                throw BadPayload("'with_dependents' goes with loads only", id: command.id)
            }
            return .command(command)
        }
        let word = trimmed.prefix { !$0.isWhitespace }
        guard trimmed.dropFirst(word.count).allSatisfy(\.isWhitespace), let action = Action(word: word) else {
            throw BadPayload("'\(excerpt(text))' is not a command; known are ON, OFF, TOGGLE, CYCLE and JSON objects")
        }
        return .command(Command(action))
    }

    /// A short, printable piece of foreign text for an error message.
    public static func excerpt(_ text: some StringProtocol) -> String {
        let printable = text.unicodeScalars.prefix(40).map { scalar -> Character in
            scalar.properties.generalCategory == .control ? "?" : Character(scalar)
        }
        return String(printable) + (text.unicodeScalars.count > 40 ? "…" : "")
    }
}

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
