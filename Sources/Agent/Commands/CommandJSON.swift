import Foundation
import Power

/// The JSON form of a command. Unknown keys, wrong types and values out of range are refused by name.
struct CommandJSON: Decodable {
    /// The keys of the command language.
    enum Key: String, CaseIterable {
        case action
        case state
        case id
        case delay
        case offTime = "off_time"
        case holdTime = "for"
        case deadline
        case limit
        case by
        case reason
        case force
        case dryRun = "dry_run"
        case withDependents = "with_dependents"
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
        init(_ key: Key) { stringValue = key.rawValue }
    }

    /// The longest `id`, in bytes of UTF-8.
    static let maximumIDLength = 64
    /// The longest `by` and `reason`, in bytes of UTF-8.
    static let maximumTextLength = 1024
    /// The longest `delay` and `for`, in seconds.
    static let longestWait = 86_400.0

    private static let decoder = JSONDecoder()

    let command: Command

    static func read(_ bytes: [UInt8]) throws(BadPayload) -> Command {
        // A raw zero is in no JSON, and would have the decoder take the text for UTF-16.
        guard !bytes.contains(0) else { throw BadPayload("the payload begins like JSON and is not valid JSON") }
        if let key = JSONKeys(of: bytes).repeated {
            throw BadPayload("the key '\(CommandPayload.excerpt(key))' is given twice", id: id(in: bytes, besides: key))
        }
        do {
            return try decoder.decode(CommandJSON.self, from: Data(bytes)).command
        } catch let problem as BadPayload {
            throw problem
        } catch DecodingError.dataCorrupted {
            throw BadPayload("the payload begins like JSON and is not valid JSON")
        } catch {
            throw BadPayload("the payload is JSON, but not an object with the keys of a command")
        }
    }

    /// The id of an object with a repeated key, unless that is the repeated one.
    private static func id(in bytes: [UInt8], besides key: String) -> String? {
        struct Named: Decodable { let id: String }
        guard key != Key.id.rawValue, let id = try? decoder.decode(Named.self, from: Data(bytes)).id,
            id.utf8.count <= maximumIDLength
        else { return nil }
        return id
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        let id = try? container.decodeIfPresent(String.self, forKey: AnyKey(.id))
        do {
            command = try Self.readCommand(Values(container: container))
        } catch {
            throw BadPayload(error.description, id: id.flatMap { $0.utf8.count <= Self.maximumIDLength ? $0 : nil })
        }
    }

    private static func readCommand(_ values: Values) throws(BadPayload) -> Command {
        try values.refuseUnknownKeys()
        let action = try readAction(values)
        let command = Command(
            action,
            id: try values.text(.id, longest: maximumIDLength),
            delay: try values.seconds(.delay, 0...longestWait),
            offTime: try values.seconds(.offTime, 0.1...3600),
            holdTime: try values.seconds(.holdTime, 0.1...longestWait),
            deadline: try values.time(.deadline),
            limit: try values.seconds(.limit, 0.5...3600),
            by: try values.text(.by, longest: maximumTextLength),
            reason: try values.text(.reason, longest: maximumTextLength),
            force: try values.bool(.force) ?? false,
            dryRun: try values.bool(.dryRun) ?? false,
            withDependents: try values.bool(.withDependents)
        )
        guard command.offTime == nil || action == .cycle else {
            throw BadPayload("'off_time' goes with CYCLE, not with \(action)")
        }
        guard command.holdTime == nil || action.plainState != nil else {
            throw BadPayload("'for' goes with ON and OFF, not with \(action)")
        }
        if command.withDependents == true, action != .off || command.holdTime != nil {
            throw BadPayload("'with_dependents' goes with OFF of a load, and not with 'for'")
        }
        return command
    }

    private static func readAction(_ values: Values) throws(BadPayload) -> Action {
        let action = try values.word(.action)
        let state = try values.word(.state)
        switch (action, state) {
        case (let word?, nil), (nil, let word?):
            guard let action = Action(word: word) else {
                throw BadPayload(
                    "'\(CommandPayload.excerpt(word))' is not an action; known are ON, OFF, TOGGLE and CYCLE"
                )
            }
            return action
        case (nil, nil): throw BadPayload("the key 'action' is missing")
        case (_?, _?): throw BadPayload("give 'action' or 'state', not both")
        }
    }

    /// The values of the object, each read as the type it must have.
    private struct Values {
        let container: KeyedDecodingContainer<AnyKey>

        func refuseUnknownKeys() throws(BadPayload) {
            let unknown = container.allKeys.map(\.stringValue).filter { Key(rawValue: $0) == nil }.sorted()
            guard let first = unknown.first else { return }
            throw BadPayload(
                "unknown key '\(CommandPayload.excerpt(first))'; known are "
                    + Key.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            )
        }

        func value<Value: Decodable>(_ type: Value.Type, _ key: Key, is expected: String) throws(BadPayload) -> Value? {
            do {
                guard container.contains(AnyKey(key)) else { return nil }
                return try container.decode(type, forKey: AnyKey(key))
            } catch {
                throw BadPayload("'\(key.rawValue)' must be \(expected)")
            }
        }

        func word(_ key: Key) throws(BadPayload) -> String? {
            try value(String.self, key, is: "a string: ON, OFF, TOGGLE or CYCLE")
        }

        func text(_ key: Key, longest: Int) throws(BadPayload) -> String? {
            guard let text = try value(String.self, key, is: "a string") else { return nil }
            guard text.utf8.count <= longest else {
                throw BadPayload("'\(key.rawValue)' has \(text.utf8.count) bytes, \(longest) are allowed")
            }
            return text
        }

        func bool(_ key: Key) throws(BadPayload) -> Bool? {
            try value(Bool.self, key, is: "true or false")
        }

        func seconds(_ key: Key, _ range: ClosedRange<Double>) throws(BadPayload) -> Duration? {
            let low = range.lowerBound.formatted(.number.grouping(.never))
            let high = range.upperBound.formatted(.number.grouping(.never))
            let expected = "a number of seconds from \(low) to \(high)"
            guard let seconds = try value(Double.self, key, is: expected) else { return nil }
            guard range.contains(seconds) else { throw BadPayload("'\(key.rawValue)' must be \(expected)") }
            return .seconds(seconds)
        }

        func time(_ key: Key) throws(BadPayload) -> Date? {
            let expected = "a time as in RFC 3339, like 2026-03-01T12:00:00Z"
            guard let text = try value(String.self, key, is: expected) else { return nil }
            guard let time = RFC3339.date(text) else { throw BadPayload("'\(key.rawValue)' must be \(expected)") }
            return time
        }
    }
}
